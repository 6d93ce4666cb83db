//! A plugin of a contract that is yet to come.

wit_bindgen::generate!({
    inline: "
        package kafka:connect@0.9.0;
        interface plugin { describe: func() -> list<string>; }
        world future-plugin { export plugin; }
    ",
});

struct Future;

impl exports::kafka::connect::plugin::Guest for Future {
    fn describe() -> Vec<String> {
        vec!["a plugin of the future".to_owned()]
    }
}

export!(Future);
