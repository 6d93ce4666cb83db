//! The bindings of `wit/`: one small world for each set of exports, so that a component exports only what its plugins need.
//!
//! The imports and types are generated once. Each world of exports brings its own macro and its own `component-type` section;
//! the linker puts together those that a component uses.

/// Types and imports, shared by the worlds below.
pub mod imports {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package wasm-connect:sdk-imports;
            world imports {
                import kafka:connect/types@0.1.0;
                import kafka:connect/logging@0.1.0;
                import kafka:connect/metrics@0.1.0;
                import kafka:connect/connector-context@0.1.0;
                import kafka:connect/task-context@0.1.0;
                import kafka:connect/offset-reader@0.1.0;
                import kafka:connect/sink-context@0.1.0;
            }
        ",
        generate_all,
        additional_derives: [PartialEq, Eq, Hash],
    });
}

/// What every component exports.
pub mod plugin {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package wasm-connect:sdk-plugin;
            world plugin { export kafka:connect/plugin@0.1.0; }
        ",
        with: { "kafka:connect/types@0.1.0": crate::bindings::imports::kafka::connect::types },
        generate_all,
        export_macro_name: "export_plugin",
        pub_export_macro: true,
    });
}

/// What a component with source connectors exports.
pub mod source {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package wasm-connect:sdk-source;
            world source {
                export kafka:connect/source-connector@0.1.0;
                export kafka:connect/source-task@0.1.0;
            }
        ",
        with: { "kafka:connect/types@0.1.0": crate::bindings::imports::kafka::connect::types },
        generate_all,
        export_macro_name: "export_source",
        pub_export_macro: true,
    });
}

/// What a component with sink connectors exports.
pub mod sink {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package wasm-connect:sdk-sink;
            world sink {
                export kafka:connect/sink-connector@0.1.0;
                export kafka:connect/sink-task@0.1.0;
            }
        ",
        with: { "kafka:connect/types@0.1.0": crate::bindings::imports::kafka::connect::types },
        generate_all,
        export_macro_name: "export_sink",
        pub_export_macro: true,
    });
}

/// What a component with transforms exports.
pub mod transformation {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package wasm-connect:sdk-transformation;
            world transformation { export kafka:connect/transformation@0.1.0; }
        ",
        with: { "kafka:connect/types@0.1.0": crate::bindings::imports::kafka::connect::types },
        generate_all,
        export_macro_name: "export_transformation",
        pub_export_macro: true,
    });
}

/// What a component with predicates exports.
pub mod predicate {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package wasm-connect:sdk-predicate;
            world predicate { export kafka:connect/predicate@0.1.0; }
        ",
        with: { "kafka:connect/types@0.1.0": crate::bindings::imports::kafka::connect::types },
        generate_all,
        export_macro_name: "export_predicate",
        pub_export_macro: true,
    });
}

/// What a component with converters and header converters exports.
pub mod converter {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package wasm-connect:sdk-converter;
            world converter { export kafka:connect/converter@0.1.0; }
        ",
        with: { "kafka:connect/types@0.1.0": crate::bindings::imports::kafka::connect::types },
        generate_all,
        export_macro_name: "export_converter",
        pub_export_macro: true,
    });
}
