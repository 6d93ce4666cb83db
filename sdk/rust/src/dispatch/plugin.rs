//! The interface `plugin`: who the classes are and what they are configured with.

use super::{Component, Entries, identities};
use crate::bindings::plugin::exports::kafka::connect::plugin::{ConfigKey, ConfigValue, Description, Guest};
use crate::plugins::{Identity, Plugins};

impl<P: Plugins> Guest for Component<P> {
    fn describe() -> Vec<Description> {
        identities::<P>().map(Identity::describe).collect()
    }

    fn config_def(class: String) -> Vec<ConfigKey> {
        (identity::<P>(&class).config_def)().into()
    }

    fn validate(class: String, config: Entries) -> Vec<ConfigValue> {
        let values = (identity::<P>(&class).validate)(&config.into());
        values.into_iter().map(|value| value.0).collect()
    }
}

/// The class of that name. These calls have no error to answer, so an unknown class is a panic that says it.
#[expect(clippy::panic, reason = "the contract gives these calls no error; the panic's text reaches the user")]
fn identity<P: Plugins>(class: &str) -> &'static Identity {
    identities::<P>().find(|identity| identity.class == class).unwrap_or_else(|| {
        let known: Vec<&str> = identities::<P>().map(|identity| identity.class).collect();
        panic!("this component has no such class {class}; it has {}", known.join(", "))
    })
}
