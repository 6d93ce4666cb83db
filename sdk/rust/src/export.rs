//! The macro that makes a component of plugin classes.

/// Exports plugin classes from the crate's component, and only the interfaces that they need:
///
/// ```text
/// wasm_connect_sdk::export! { sources: [MySource, OtherSource] }
/// wasm_connect_sdk::export! { sinks: [MySink] }
/// wasm_connect_sdk::export! { sources: [MySource], sinks: [MySink] }
/// ```
///
/// Once in a crate, at its root. Does nothing on other targets than wasm, so that unit tests run natively.
#[macro_export]
macro_rules! export {
    (sources: [$($source:ty),+ $(,)?], sinks: [$($sink:ty),+ $(,)?] $(,)?) => {
        $crate::__component!([$($source),+] [$($sink),+] export_source source export_sink sink);
    };
    (sources: [$($source:ty),+ $(,)?] $(,)?) => { $crate::__component!([$($source),+] [] export_source source); };
    (sinks: [$($sink:ty),+ $(,)?] $(,)?) => { $crate::__component!([] [$($sink),+] export_sink sink); };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __component {
    ([$($source:ty),*] [$($sink:ty),*] $($export:ident $module:ident)+) => {
        // So that the classes are checked, and are in use, on every target.
        const _: fn() = || {
            $(let _ = $crate::plugins::SourceClass::of::<$source>();)*
            $(let _ = $crate::plugins::SinkClass::of::<$sink>();)*
        };

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Classes;

            impl $crate::plugins::Plugins for Classes {
                const SOURCES: &'static [$crate::plugins::SourceClass] = &[$($crate::plugins::SourceClass::of::<$source>()),*];
                const SINKS: &'static [$crate::plugins::SinkClass] = &[$($crate::plugins::SinkClass::of::<$sink>()),*];
            }

            type Exported = $crate::Component<Classes>;
            $crate::bindings::plugin::export_plugin!(Exported with_types_in $crate::bindings::plugin);
            $($crate::bindings::$module::$export!(Exported with_types_in $crate::bindings::$module);)+
        };
    };
}
