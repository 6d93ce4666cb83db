//! A plugin that traps when it is asked for its keys.

mod describing;

describing::describing! { ConfigDefTraps, std::process::abort() }
