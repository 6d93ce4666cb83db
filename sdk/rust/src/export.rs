//! The macro that makes a component of plugin classes.

/// Exports plugin classes from the crate's component, and only the interfaces that they need. Any of the kinds may be left out;
/// those that are there come in this order:
///
/// ```text
/// wasm_connect_sdk::export! {
///     sources: [MySource, OtherSource],
///     sinks: [MySink],
///     transformations: [MyTransformation],
///     predicates: [MyPredicate],
///     converters: [MyConverter],
///     header_converters: [MyHeaderConverter],
/// }
/// ```
///
/// Once in a crate, at its root. Does nothing on other targets than wasm, so that unit tests run natively.
#[macro_export]
macro_rules! export {
    (
        $(sources: [$($source:ty),+ $(,)?] $(,)?)?
        $(sinks: [$($sink:ty),+ $(,)?] $(,)?)?
        $(transformations: [$($transformation:ty),+ $(,)?] $(,)?)?
        $(predicates: [$($predicate:ty),+ $(,)?] $(,)?)?
        $(converters: [$($converter:ty),+ $(,)?] $(,)?)?
        $(header_converters: [$($header_converter:ty),+ $(,)?] $(,)?)?
    ) => {
        // So that the classes are checked, and are in use, on every target.
        const _: fn() = || {
            $($(let _ = $crate::plugins::SourceClass::of::<$source>();)+)?
            $($(let _ = $crate::plugins::SinkClass::of::<$sink>();)+)?
            $($(let _ = $crate::plugins::TransformationClass::of::<$transformation>();)+)?
            $($(let _ = $crate::plugins::PredicateClass::of::<$predicate>();)+)?
            $($(let _ = $crate::plugins::ConverterClass::of::<$converter>();)+)?
            $($(let _ = $crate::plugins::HeaderConverterClass::of::<$header_converter>();)+)?
        };

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Classes;

            impl $crate::plugins::Plugins for Classes {
                const SOURCES: &'static [$crate::plugins::SourceClass] =
                    &[$($($crate::plugins::SourceClass::of::<$source>()),+)?];
                const SINKS: &'static [$crate::plugins::SinkClass] =
                    &[$($($crate::plugins::SinkClass::of::<$sink>()),+)?];
                const TRANSFORMATIONS: &'static [$crate::plugins::TransformationClass] =
                    &[$($($crate::plugins::TransformationClass::of::<$transformation>()),+)?];
                const PREDICATES: &'static [$crate::plugins::PredicateClass] =
                    &[$($($crate::plugins::PredicateClass::of::<$predicate>()),+)?];
                const CONVERTERS: &'static [$crate::plugins::ConverterClass] =
                    &[$($($crate::plugins::ConverterClass::of::<$converter>()),+)?];
                const HEADER_CONVERTERS: &'static [$crate::plugins::HeaderConverterClass] =
                    &[$($($crate::plugins::HeaderConverterClass::of::<$header_converter>()),+)?];
            }

            type Exported = $crate::Component<Classes>;
            $crate::bindings::plugin::export_plugin!(Exported with_types_in $crate::bindings::plugin);
            $crate::__export!(Exported, source, export_source, [$($($source),+)?]);
            $crate::__export!(Exported, sink, export_sink, [$($($sink),+)?]);
            $crate::__export!(Exported, transformation, export_transformation, [$($($transformation),+)?]);
            $crate::__export!(Exported, predicate, export_predicate, [$($($predicate),+)?]);
            // One interface for both.
            $crate::__export!(Exported, converter, export_converter, [$($($converter,)+)? $($($header_converter),+)?]);
        };
    };
}

/// The interfaces of a kind, if there is a class of it.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($exported:ident, $module:ident, $export:ident, []) => {};
    ($exported:ident, $module:ident, $export:ident, [$($class:tt)+]) => {
        $crate::bindings::$module::$export!($exported with_types_in $crate::bindings::$module);
    };
}
