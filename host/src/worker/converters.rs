//! The three converters of a task: the built-in ones, which take a value at a time, and those in components, which are stages that
//! take whole batches.

use super::component_stage::{ComponentStage, StageOptions};
use super::errors::TaskFailure;
use crate::config::connector_config::ConnectorConfig;
use crate::config::worker_config::ConverterConfig;
use crate::converter::{Converter, ConverterType, builtin, opaque};
use crate::plugin::ports::{PluginKind, StageRole};
use crate::plugin::registry::Plugins;
use crate::transform::TransformationStage;

/// A converter and the class name that configs and errors know it by.
pub struct NamedConverter {
    pub class: String,
    pub converter: Box<dyn Converter>,
}

/// What stands between Kafka's bytes and the records of one task.
pub struct Converters {
    pub key: NamedConverter,
    pub value: NamedConverter,
    pub header: NamedConverter,
}

/// Which way a task converts.
#[derive(Clone, Copy)]
pub enum Direction {
    /// Sources.
    FromConnect,
    /// Sinks.
    ToConnect,
}

/// The converters of a task, and in the order of Java's worker the stages that do the work of those in components: behind the
/// transforms of a source, before those of a sink. Where a stage has done the work the converter hands bytes on.
pub async fn make(
    plugins: &Plugins,
    config: &ConnectorConfig,
    direction: Direction,
    options: &StageOptions<'_>,
) -> Result<(Converters, Vec<TransformationStage>), TaskFailure> {
    let (key, of_key) = converter(plugins, &config.key_converter, ConverterType::Key, direction, options).await?;
    let (value, of_value) =
        converter(plugins, &config.value_converter, ConverterType::Value, direction, options).await?;
    let header = &config.header_converter;
    let (header, of_header) = converter(plugins, header, ConverterType::Header, direction, options).await?;
    let stages = match direction {
        Direction::FromConnect => [of_header, of_key, of_value],
        Direction::ToConnect => [of_key, of_value, of_header],
    };
    Ok((Converters { key, value, header }, stages.into_iter().flatten().collect()))
}

async fn converter(
    plugins: &Plugins,
    config: &ConverterConfig,
    of: ConverterType,
    direction: Direction,
    options: &StageOptions<'_>,
) -> Result<(NamedConverter, Option<TransformationStage>), TaskFailure> {
    let (kind, key) = match of {
        ConverterType::Key => (PluginKind::Converter, "key.converter"),
        ConverterType::Value => (PluginKind::Converter, "value.converter"),
        ConverterType::Header => (PluginKind::HeaderConverter, "header.converter"),
    };
    let failed = |cause: String| TaskFailure::caused_by(format!("cannot make the converter {}", config.class), cause);
    let plugin = plugins.resolve(kind, &config.class, config.version.as_deref()).map_err(failed)?;
    let class = plugin.class.clone();
    if let Some(builtin) = builtin(&class) {
        let converter = builtin.create(&config.settings, of).map_err(|error| failed(error.to_string()))?;
        return Ok((NamedConverter { class, converter }, None));
    }
    let role = match direction {
        Direction::FromConnect => StageRole::FromConnect(of),
        Direction::ToConnect => StageRole::ToConnect(of),
    };
    let made = ComponentStage::new(options, key.to_owned(), plugin, role, &config.settings).await?;
    let stage = TransformationStage::converter(class.as_str(), of, Box::new(made));
    Ok((NamedConverter { class, converter: opaque() }, Some(stage)))
}
