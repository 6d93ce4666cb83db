//! From the transforms of a connector's configuration to the chain of a task.

use std::sync::Arc;

use super::component_stage::{ComponentStage, StageOptions};
use super::errors::TaskFailure;
use crate::config::connector_config::{AliasedPlugin, ConnectorConfig, TransformationConfig};
use crate::plugin::ports::{PluginDesc, PluginKind, StageRole};
use crate::plugin::registry::Plugins;
use crate::transform::{TransformError, TransformationStage, builtin_predicate, builtin_transformation};

/// Makes and configures the transforms and predicates of one task, in their order.
pub async fn chain(
    plugins: &Plugins,
    config: &ConnectorConfig,
    options: &StageOptions<'_>,
) -> Result<Vec<TransformationStage>, TaskFailure> {
    let configs = config.transformations().map_err(|error| {
        TaskFailure::caused_by("cannot make the chain of transforms", TransformError::from(error).throwable())
    })?;
    let mut chain = Vec::with_capacity(configs.len());
    for config in &configs {
        chain.push(stage(plugins, config, options).await?);
    }
    Ok(chain)
}

async fn stage(
    plugins: &Plugins,
    config: &TransformationConfig,
    options: &StageOptions<'_>,
) -> Result<TransformationStage, TaskFailure> {
    let TransformationConfig { alias, transformation, predicate, negate } = config;
    let plugin = resolve(plugins, PluginKind::Transformation, transformation)?;
    let class = plugin.class.clone();
    let stage = match builtin_transformation(&class) {
        Some(builtin) => {
            let made = builtin.create(&transformation.settings);
            TransformationStage::new(class, made.map_err(|error| cannot_make(&plugin, &error))?)
        }
        None => {
            let name = format!("transformation {alias}");
            let settings = &transformation.settings;
            let made = ComponentStage::new(options, name, plugin, StageRole::Transformation, settings).await?;
            TransformationStage::in_batches(class, Box::new(made))
        }
    };
    let Some(predicate) = predicate else { return Ok(stage) };
    let plugin = resolve(plugins, PluginKind::Predicate, predicate)?;
    Ok(match builtin_predicate(&plugin.class) {
        Some(builtin) => {
            let made = builtin.create(&predicate.settings);
            stage.only_if(made.map_err(|error| cannot_make(&plugin, &error))?, *negate)
        }
        None => {
            let name = format!("predicate of the transformation {alias}");
            let made = ComponentStage::new(options, name, plugin, StageRole::Predicate, &predicate.settings).await?;
            stage.only_if_in_batches(Box::new(made), *negate)
        }
    })
}

/// The plugin that a configuration means.
fn resolve(plugins: &Plugins, kind: PluginKind, config: &AliasedPlugin) -> Result<Arc<PluginDesc>, TaskFailure> {
    let plugin = plugins.resolve(kind, &config.class, config.version.as_deref());
    plugin.map_err(|cause| TaskFailure::caused_by(format!("cannot make the {kind} {}", config.class), cause))
}

fn cannot_make(plugin: &PluginDesc, error: &TransformError) -> TaskFailure {
    TaskFailure::caused_by(format!("cannot make the {} {}", plugin.kind, plugin.class), error.throwable())
}
