//! The offsets of a whole connector, read, altered and reset from outside of its tasks (KIP-875, Java's `Worker.connectorOffsets`
//! and `modifyConnectorOffsets`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Worker, WorkerParts, task_setup};
use crate::config::client_settings;
use crate::config::connector_config::ConnectorConfig;
use crate::connect::{
    Config, ConnectorOffset, ConnectorOffsets, ConnectorType, Message, PartitionOffset, TopicPartition,
};
use crate::kafka::ports::{Admin, GroupError};
use crate::plugin::ports::{InstanceContext, PluginDesc, PluginError};
use crate::storage::offset_store::{OffsetStoreError, SourcePartition};

mod sink_offsets;

use sink_offsets::sink_offsets;

/// Why offsets could not be read or changed; the messages are Java's, and causes go to the log.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OffsetsError {
    /// The request names no offsets that the connector can have.
    #[error("{0}")]
    Request(String),
    /// It was understood, but did not work.
    #[error("{0}")]
    Failed(String),
}

/// A connector whose offsets are asked for. To change them it must be stopped, with all its tasks.
pub struct OffsetsOf<'a> {
    pub name: &'a str,
    pub plugin: &'a PluginDesc,
    pub config: &'a Config,
}

/// What is to become of a connector's offsets.
#[derive(Clone, Copy, Debug)]
pub enum OffsetChange<'a> {
    /// Those named are set, or forgotten where the offset is null; the others stay.
    Alter(&'a [ConnectorOffset]),
    /// All are forgotten.
    Reset,
}

impl OffsetChange<'_> {
    fn word(self) -> &'static str {
        match self {
            Self::Alter(_) => "alter",
            Self::Reset => "reset",
        }
    }

    /// Java's message about the change, done; `accepted`: the connector had a say and agreed.
    fn done(self, accepted: bool) -> Message {
        let word = match self {
            Self::Alter(_) => "altered",
            Self::Reset => "reset",
        };
        let message = if accepted {
            format!("The offsets for this connector have been {word} successfully")
        } else {
            format!(
                "The Connect framework-managed offsets for this connector have been {word} successfully. However, if this connector \
                 manages offsets externally, they will need to be manually {word} in the system that the connector uses."
            )
        };
        Message { message }
    }
}

// === impl Worker ===

impl Worker {
    /// Where the connector stands: a source by the offsets that its tasks committed, a sink by those of its consumer group.
    pub async fn connector_offsets(&self, of: OffsetsOf<'_>) -> Result<ConnectorOffsets, OffsetsError> {
        let offsets = match of.plugin.connector_type() {
            ConnectorType::Sink => {
                let what = format!("Failed to retrieve consumer group offsets for sink connector {}", of.name);
                let group = Group::of(&self.parts, &of).await?;
                let committed = group.admin.group_offsets(&group.id).await.map_err(|error| failed(what, error))?;
                committed.into_iter().map(shown).collect()
            }
            _ => {
                let what = || format!("Failed to retrieve offsets for source connector {}", of.name);
                let listed = self.parts.offsets.list(of.name).await.map_err(|error| failed(what(), error))?;
                let parsed = listed.into_iter().map(|(partition, offset)| {
                    let (partition, offset) = (serde_json::from_str(&partition)?, serde_json::from_str(&offset)?);
                    Ok(ConnectorOffset { partition, offset })
                });
                parsed.collect::<Result<_, serde_json::Error>>().map_err(|error| failed(what(), error))?
            }
        };
        Ok(ConnectorOffsets { offsets })
    }

    /// Changes the offsets of a connector that is stopped, if the connector itself does not object.
    pub async fn modify_connector_offsets(
        &self,
        of: OffsetsOf<'_>,
        change: OffsetChange<'_>,
    ) -> Result<Message, OffsetsError> {
        let accepted = match of.plugin.connector_type() {
            ConnectorType::Sink => self.modify_sink_offsets(&of, change).await?,
            _ => self.modify_source_offsets(&of, change).await?,
        };
        let done = change.done(accepted);
        tracing::info!("Connector {}: {}", of.name, done.message);
        Ok(done)
    }

    async fn modify_source_offsets(&self, of: &OffsetsOf<'_>, change: OffsetChange<'_>) -> Result<bool, OffsetsError> {
        let store = &self.parts.offsets;
        let what = || format!("Failed to {} offsets for source connector {}", change.word(), of.name);
        let offsets = match change {
            OffsetChange::Alter(offsets) => offsets.iter().map(source_offset).collect::<Result<Vec<_>, _>>()?,
            OffsetChange::Reset => {
                let listed = store.list(of.name).await.map_err(|error| failed(what(), error))?;
                let partition = |text: &str| SourcePartition::parse(text).map_err(|error| failed(what(), error));
                listed.iter().map(|(text, _)| Ok((partition(text)?, None))).collect::<Result<Vec<_>, _>>()?
            }
        };
        let asked: Vec<_> =
            offsets.iter().map(|(partition, offset)| (partition.as_str().to_owned(), offset.clone())).collect();
        let accepted = self.parts.runtime.alter_source_offsets(of.plugin, self.unstarted(of)?, &asked).await;
        let accepted = accepted.map_err(|error| objection(of, error))?;
        match store.set(of.name, offsets).await {
            Ok(()) => Ok(accepted),
            Err(error @ OffsetStoreError::Partition(_)) => Err(OffsetsError::Request(error.to_string())),
            Err(error) => Err(failed(what(), error)),
        }
    }

    async fn modify_sink_offsets(&self, of: &OffsetsOf<'_>, change: OffsetChange<'_>) -> Result<bool, OffsetsError> {
        let group = Group::of(&self.parts, of).await?;
        let offsets = match change {
            OffsetChange::Alter(offsets) => sink_offsets(offsets).map_err(OffsetsError::Request)?,
            OffsetChange::Reset => {
                let what = format!("Failed to list consumer group offsets for sink connector {}", of.name);
                let committed = group.admin.group_offsets(&group.id).await.map_err(|error| failed(what, error))?;
                committed.into_iter().map(|committed| (committed.partition, None)).collect()
            }
        };
        let accepted = self.parts.runtime.alter_sink_offsets(of.plugin, self.unstarted(of)?, &offsets).await;
        let accepted = accepted.map_err(|error| objection(of, error))?;
        let changed = match change {
            OffsetChange::Reset => group.admin.delete_group(&group.id).await,
            OffsetChange::Alter(_) => group.alter(offsets).await,
        };
        changed.map_err(|error| unchanged_group(of.name, change, &error))?;
        Ok(accepted)
    }

    /// What an instance that is only asked about offsets gets.
    fn unstarted(&self, of: &OffsetsOf<'_>) -> Result<InstanceContext, OffsetsError> {
        let what = || format!("Failed to resolve the configuration of connector {}", of.name);
        let resolved = self.parts.config.providers.transform(of.config).map_err(|error| failed(what(), error))?;
        Ok(task_setup::connector_context(&self.parts, &of.name.into(), resolved.config.into()))
    }
}

/// A sink's consumer group, and the client to work on it.
struct Group {
    id: String,
    admin: Arc<dyn Admin>,
}

impl Group {
    async fn of(parts: &WorkerParts, of: &OffsetsOf<'_>) -> Result<Self, OffsetsError> {
        let what = || format!("Failed to reach the consumer group of sink connector {}", of.name);
        let config = ConnectorConfig::new(of.config.clone(), ConnectorType::Sink, &parts.config);
        let config = config.map_err(|error| failed(what(), error))?;
        let settings = client_settings::admin_settings(&parts.config, &config);
        let admin = parts.clients.admin(&client_settings::offsets_client_id(of.name), &settings).await;
        let admin = admin.map_err(|error| failed(what(), error))?;
        let id = client_settings::consumer_settings(&parts.config, &config).remove("group.id").unwrap_or_default();
        Ok(Self { id, admin })
    }

    async fn alter(&self, offsets: Vec<(TopicPartition, Option<i64>)>) -> Result<(), GroupError> {
        let (mut set, mut forgotten) = (Vec::new(), Vec::new());
        for (partition, offset) in offsets {
            match offset {
                Some(offset) => set.push(PartitionOffset { partition, offset }),
                None => forgotten.push(partition),
            }
        }
        if !set.is_empty() {
            self.admin.alter_group_offsets(&self.id, &set).await?;
        }
        if !forgotten.is_empty() {
            self.admin.delete_group_offsets(&self.id, &forgotten).await?;
        }
        Ok(())
    }
}

/// As Java shows the offsets of a group.
fn shown(committed: PartitionOffset) -> ConnectorOffset {
    let PartitionOffset { partition: TopicPartition { topic, partition }, offset } = committed;
    ConnectorOffset {
        partition: json!({ "kafka_partition": partition, "kafka_topic": &*topic }),
        offset: json!({ "kafka_offset": offset }),
    }
}

fn source_offset(change: &ConnectorOffset) -> Result<(SourcePartition, Option<String>), OffsetsError> {
    if change.partition.is_null() {
        return Err(OffsetsError::Request(
            "The partition for a source connector offset cannot be null or missing".into(),
        ));
    }
    let partition = SourcePartition::parse(&change.partition.to_string());
    let partition = partition.map_err(|error| OffsetsError::Request(error.to_string()))?;
    let offset = Some(&change.offset).filter(|offset| !offset.is_null()).map(Value::to_string);
    if let Some(offset) = &offset {
        SourcePartition::check_offset(offset).map_err(|error| OffsetsError::Request(error.to_string()))?;
    }
    Ok((partition, offset))
}

/// What the connector itself says against a change goes out as it is; that it died over it is said in Java's words.
fn objection(of: &OffsetsOf<'_>, error: PluginError) -> OffsetsError {
    if !error.kind.is_deadly() {
        return OffsetsError::Failed(error.message);
    }
    let kind = of.plugin.kind;
    failed(format!("Failed to modify offsets for {kind} connector {}", of.name), error)
}

fn unchanged_group(connector: &str, change: OffsetChange<'_>, error: &GroupError) -> OffsetsError {
    let word = change.word();
    let what = format!("Failed to {word} consumer group offsets for connector {connector}");
    match error {
        GroupError::Kafka(error) => failed(what, error),
        GroupError::HasMembers(error) => {
            let what = format!(
                "{what} either because its tasks haven't stopped completely yet or the connector was resumed before the request to \
                 {word} its offsets could be successfully completed. If the connector is in a stopped state, this operation can be \
                 safely retried. If it doesn't eventually succeed, the Connect cluster may need to be restarted to get rid of the \
                 zombie sink tasks."
            );
            failed(what, error)
        }
    }
}

/// The cause may name brokers and paths, which clients need not know.
fn failed(what: String, cause: impl std::fmt::Display) -> OffsetsError {
    tracing::error!("{what}: {cause}");
    OffsetsError::Failed(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::ports::KafkaError;

    #[test]
    fn a_change_is_told_in_javas_words() {
        assert_eq!(
            OffsetChange::Reset.done(true).message,
            "The offsets for this connector have been reset successfully"
        );
        assert_eq!(
            OffsetChange::Alter(&[]).done(false).message,
            "The Connect framework-managed offsets for this connector have been altered successfully. However, if this connector \
             manages offsets externally, they will need to be manually altered in the system that the connector uses."
        );
        let busy = GroupError::HasMembers(KafkaError { retriable: false, message: "busy".into() });
        let expected = "Failed to reset consumer group offsets for connector c either because its tasks haven't stopped completely \
                        yet or the connector was resumed before the request to reset its offsets could be successfully completed. \
                        If the connector is in a stopped state, this operation can be safely retried. If it doesn't eventually \
                        succeed, the Connect cluster may need to be restarted to get rid of the zombie sink tasks.";
        assert_eq!(unchanged_group("c", OffsetChange::Reset, &busy).to_string(), expected);
    }
}
