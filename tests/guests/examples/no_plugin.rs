//! A component that has nothing to do with Kafka Connect.

wit_bindgen::generate!({
    inline: "
        package tests:greeting;
        interface greeting { greet: func() -> string; }
        world greeter { export greeting; }
    ",
});

struct Greeter;

impl exports::tests::greeting::greeting::Guest for Greeter {
    fn greet() -> String {
        "hello".to_owned()
    }
}

export!(Greeter);
