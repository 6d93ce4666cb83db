//! From the transforms of a connector's configuration to the chain of a task.

use super::errors::TaskFailure;
use crate::config::connector_config::{AliasedPlugin, ConnectorConfig, TransformationConfig};
use crate::connect::Config;
use crate::plugin::ports::PluginKind;
use crate::plugin::registry::Plugins;
use crate::transform::{
    TransformError, TransformationChain, TransformationStage, builtin_predicate, builtin_transformation,
};

/// Makes and configures the transforms and predicates of one task.
pub fn chain(plugins: &Plugins, config: &ConnectorConfig) -> Result<TransformationChain, TaskFailure> {
    let configs = config.transformations().map_err(|error| {
        TaskFailure::caused_by("cannot make the chain of transforms", TransformError::from(error).throwable())
    })?;
    let stages: Result<_, _> = configs.iter().map(|config| stage(plugins, config)).collect();
    Ok(TransformationChain::new(stages?))
}

fn stage(plugins: &Plugins, config: &TransformationConfig) -> Result<TransformationStage, TaskFailure> {
    let of_class = |class: &str, settings: &Config| Some(builtin_transformation(class)?.create(settings));
    let (class, transformation) = make(plugins, PluginKind::Transformation, &config.transformation, of_class)?;
    let stage = TransformationStage::new(class, transformation);
    let Some(predicate) = &config.predicate else { return Ok(stage) };
    let of_class = |class: &str, settings: &Config| Some(builtin_predicate(class)?.create(settings));
    let (_, predicate) = make(plugins, PluginKind::Predicate, predicate, of_class)?;
    Ok(stage.only_if(predicate, config.negate))
}

/// The plugin that a configuration means, and its full class name. `of_class` answers none for a class that is not built in.
fn make<T>(
    plugins: &Plugins,
    kind: PluginKind,
    config: &AliasedPlugin,
    of_class: impl Fn(&str, &Config) -> Option<Result<T, TransformError>>,
) -> Result<(String, T), TaskFailure> {
    let failed = |cause: String| TaskFailure::caused_by(format!("cannot make the {kind} {}", config.class), cause);
    let plugin = plugins.resolve(kind, &config.class, config.version.as_deref()).map_err(failed)?;
    let made = of_class(&plugin.class, &config.settings);
    let made = made.ok_or_else(|| failed(format!("a {kind} in a component cannot be used yet")))?;
    Ok((plugin.class.clone(), made.map_err(|error| failed(error.throwable()))?))
}
