//! The Rust side of `wit/`, generated: one world with every interface that plugins import or export. A component exports any
//! set of them, so the world as a whole is never instantiated; [`super::exports`] looks each interface up by itself.

// Generated: a function that no caller needs yet is no sign of a mistake.
#![allow(dead_code, unused_variables, missing_docs, clippy::all, clippy::pedantic)]

wasmtime::component::bindgen!({
    path: "../wit",
    inline: "
        package wasm-connect:host;

        world every-interface {
            import kafka:connect/types@0.1.0;
            import kafka:connect/logging@0.1.0;
            import kafka:connect/metrics@0.1.0;
            import kafka:connect/connector-context@0.1.0;
            import kafka:connect/task-context@0.1.0;
            import kafka:connect/offset-reader@0.1.0;
            import kafka:connect/sink-context@0.1.0;
            export kafka:connect/plugin@0.1.0;
            export kafka:connect/source-connector@0.1.0;
            export kafka:connect/source-task@0.1.0;
            export kafka:connect/sink-connector@0.1.0;
            export kafka:connect/sink-task@0.1.0;
            export kafka:connect/transformation@0.1.0;
            export kafka:connect/predicate@0.1.0;
            export kafka:connect/converter@0.1.0;
        }
    ",
    world: "wasm-connect:host/every-interface",
    imports: {
        "kafka:connect/task-context.sleep": async,
        "kafka:connect/offset-reader.offsets": async,
    },
    exports: { default: async },
});

pub use exports::kafka::connect as exported;
pub use kafka::connect as imported;
