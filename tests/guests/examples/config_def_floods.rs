//! A plugin with more keys than anybody can read.

use wasm_connect_sdk::{ConfigDef, ConfigKey};

mod describing;

fn keys() -> ConfigDef {
    let key = |number: usize| ConfigKey::string(format!("key.{number}")).doc("x".repeat(1_000));
    (0..200_000).map(key).fold(ConfigDef::new(), ConfigDef::define)
}

describing::describing! { ConfigDefFloods, keys() }
