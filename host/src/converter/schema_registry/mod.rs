//! What converters of registered schemas have in common: the wire format, the registry's ids, and what is remembered of both.
//!
//! A message is a zero byte, the schema's id in four bytes, most significant first, and the value. Conversions never wait: one that
//! needs a schema or an id that is not at hand says what it lacks, and whoever converts asks the registry before going on.

/// The registry's REST API.
mod client;
/// What a converter is told.
mod config;
/// Its keys.
pub(super) mod keys;
/// Names of subjects.
mod subject;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use wasm_connect_batch::{FrameWriter, Payload, Schema};

pub(super) use self::client::RegisteredSchema;
use self::client::RegistryClient;
use self::config::RegistryConfig;
use super::cache::{ByStructure, Generations};
use super::{ConvertError, Converter, ConverterType, Lookup, LookupError, SchemaAndValue, Slot, Unconverted};
use crate::connect::Config;

/// The first byte of a message.
const MAGIC: u8 = 0;
/// Magic byte and id.
const PREFIX: usize = 5;
/// Schemas that are tried before anything is hashed; mostly the first one hits.
const RECENT: usize = 4;
/// What a plan counts for in the bound of a cache, beside its text.
const PLAN_BYTES: usize = 1024;

/// One of the formats that a registry has schemas of.
pub(super) trait Format: Send + Sync + 'static {
    /// The registry's name of it.
    const SCHEMA_TYPE: &'static str;
    /// What messages call it.
    const NAME: &'static str;
    /// How values of a Connect schema are written.
    type Writer: Send + Sync;
    /// How values of a registered schema are read.
    type Reader: Send + Sync;

    /// The schema that a Connect schema becomes; none: schemaless values.
    fn definition(&self, schema: Option<&Schema>) -> Result<Definition, ConvertError>;
    /// How values of `schema` are written as `registered` wants them, which is its own definition or another version of the subject.
    fn writer(&self, schema: Option<&Schema>, registered: &RegisteredSchema) -> Result<Self::Writer, ConvertError>;
    /// How values are read; `version` is that of the schema in its subject.
    fn reader(&self, registered: &RegisteredSchema, version: Option<i32>) -> Result<Self::Reader, ConvertError>;
    /// Whether a null of this schema becomes a null message.
    fn is_null_message(&self, schema: Option<&Schema>) -> Result<bool, ConvertError>;
    /// Appends a value.
    fn write(&self, writer: &Self::Writer, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError>;
    /// Reads a value. On an error the frame is as it was.
    fn read(
        &self,
        reader: &Self::Reader,
        bytes: &[u8],
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), ConvertError>;
}

/// A schema that is to be registered.
pub(super) struct Definition {
    pub text: String,
    /// The full name, if it is that of a record.
    pub record: Option<String>,
}

/// A converter of one format.
pub(super) struct RegistryConverter<F: Format>(Arc<Inner<F>>);

struct Inner<F: Format> {
    format: F,
    client: RegistryClient,
    config: Settings,
    caches: Mutex<Caches<F>>,
}

/// What of the configuration counts after the client is made.
struct Settings {
    is_key: bool,
    strategy: subject::SubjectNameStrategy,
    auto_register: bool,
    normalize: bool,
    use_latest: bool,
    latest_ttl: Option<std::time::Duration>,
}

/// A schema, if there is one, and a topic.
type WriterKey = (Option<ByStructure>, Arc<str>);

struct Caches<F: Format> {
    recent_writers: Vec<(Option<Schema>, Arc<Written<F>>)>,
    writers: Generations<WriterKey, Arc<Written<F>>>,
    recent_readers: Vec<Arc<Read<F>>>,
    readers: Generations<(i32, Arc<str>), Arc<Read<F>>>,
}

/// How values of one schema are written to one topic.
struct Written<F: Format> {
    topic: Arc<str>,
    prefix: [u8; PREFIX],
    writer: F::Writer,
    /// When the registry has to be asked again.
    until: Option<Instant>,
}

/// How messages of one id are read from one topic.
struct Read<F: Format> {
    topic: Arc<str>,
    id: i32,
    reader: F::Reader,
}

/// The id for a schema.
struct WriterLookup<F: Format> {
    converter: Arc<Inner<F>>,
    schema: Option<Schema>,
    topic: Arc<str>,
}

/// The schema of an id.
struct ReaderLookup<F: Format> {
    converter: Arc<Inner<F>>,
    id: i32,
    topic: Arc<str>,
}

// === impl RegistryConverter ===

impl<F: Format> RegistryConverter<F> {
    pub(super) fn new(format: F, config: &Config, of: ConverterType) -> Result<Self, ConvertError> {
        let config = RegistryConfig::new(config, of)?;
        let caches = Caches {
            recent_writers: Vec::new(),
            writers: Generations::new(config.cache_size),
            recent_readers: Vec::new(),
            readers: Generations::new(config.cache_size),
        };
        Ok(Self(Arc::new(Inner {
            format,
            client: RegistryClient::new(config.client, F::SCHEMA_TYPE),
            config: Settings {
                is_key: config.is_key,
                strategy: config.strategy,
                auto_register: config.auto_register,
                normalize: config.normalize,
                use_latest: config.use_latest,
                latest_ttl: config.latest_ttl,
            },
            caches: Mutex::new(caches),
        })))
    }
}

impl<F: Format> Converter for RegistryConverter<F> {
    fn from_connect(&self, topic: &str, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<bool, Unconverted> {
        let Self(inner) = self;
        let schema = value.schema();
        let failed = |error| inner.unwritten(topic, error);
        if value.is_null() && inner.format.is_null_message(schema).map_err(failed)? {
            return Ok(false);
        }
        let Some(written) = inner.caches().writer(schema, topic) else {
            let (converter, schema) = (inner.clone(), schema.cloned());
            return Err(Unconverted::Lacks(Arc::new(WriterLookup { converter, schema, topic: topic.into() })));
        };
        out.extend_from_slice(&written.prefix);
        inner.format.write(&written.writer, value, out).map_err(failed)?;
        Ok(true)
    }

    fn to_connect(
        &self,
        topic: &str,
        bytes: Option<&[u8]>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), Unconverted> {
        let Self(inner) = self;
        let failed = |error| inner.unread(topic, error);
        let Some(bytes) = bytes else {
            return Ok(slot.write(frame, Payload::Null(None))?);
        };
        let (id, rest) = split(bytes).map_err(failed)?;
        let Some(read) = inner.caches().reader(id, topic) else {
            let converter = inner.clone();
            return Err(Unconverted::Lacks(Arc::new(ReaderLookup { converter, id, topic: topic.into() })));
        };
        Ok(inner
            .format
            .read(&read.reader, rest, slot, frame)
            .map_err(|error| failed(ConvertError(format!("schema id {id}: {error}"))))?)
    }
}

/// The schema's id, and the value.
fn split(bytes: &[u8]) -> Result<(i32, &[u8]), ConvertError> {
    match bytes {
        [MAGIC, a, b, c, d, rest @ ..] => Ok((i32::from_be_bytes([*a, *b, *c, *d]), rest)),
        [MAGIC, ..] => {
            Err(ConvertError(format!("Unknown magic byte! {} bytes have no room for a schema id", bytes.len())))
        }
        _ => Err(ConvertError("Unknown magic byte!".to_owned())),
    }
}

// === impl Inner ===

impl<F: Format> Inner<F> {
    fn caches(&self) -> MutexGuard<'_, Caches<F>> {
        // A cache is whole between any two calls, so that a panic elsewhere has not spoilt it.
        self.caches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unwritten(&self, topic: &str, ConvertError(why): ConvertError) -> ConvertError {
        ConvertError(format!("Failed to serialize {} data from topic {topic}: {why}", F::NAME))
    }

    fn unread(&self, topic: &str, ConvertError(why): ConvertError) -> ConvertError {
        ConvertError(format!("Failed to deserialize data for topic {topic} to {}: {why}", F::NAME))
    }

    /// Says of which topic an error is.
    fn of_topic(error: LookupError, in_topic: impl FnOnce(ConvertError) -> ConvertError) -> LookupError {
        match error {
            LookupError::Failed(error) => LookupError::Failed(in_topic(error)),
            LookupError::Retriable(why) => LookupError::Retriable(in_topic(ConvertError(why)).0),
        }
    }

    async fn written(&self, schema: Option<&Schema>, topic: &Arc<str>) -> Result<Written<F>, LookupError> {
        let Settings { is_key, strategy, auto_register, normalize, use_latest, latest_ttl } = self.config;
        let definition = self.format.definition(schema)?;
        let subject = strategy.subject(topic, is_key, definition.record.as_deref())?;
        let own = |id| RegisteredSchema { id, text: definition.text.clone(), references: Vec::new() };
        let (registered, ttl) = if auto_register {
            (own(self.client.register(&subject, &definition.text, normalize).await?), None)
        } else if use_latest {
            (self.client.latest(&subject).await?, latest_ttl)
        } else {
            (own(self.client.id(&subject, &definition.text, normalize).await?), None)
        };
        let writer = self.format.writer(schema, &registered).map_err(|ConvertError(why)| {
            let (id, registry) = (registered.id, self.client.shown());
            ConvertError(format!("schema id {id} of subject {subject} at schema registry {registry}: {why}"))
        })?;
        let [a, b, c, d] = registered.id.to_be_bytes();
        let until = ttl.and_then(|ttl| Instant::now().checked_add(ttl));
        Ok(Written { topic: topic.clone(), prefix: [MAGIC, a, b, c, d], writer, until })
    }

    async fn read(&self, id: i32, topic: &Arc<str>) -> Result<Read<F>, LookupError> {
        let registered = self.client.schema(id).await?;
        let version = match self.config.strategy {
            subject::SubjectNameStrategy::Topic => {
                let subject = self.config.strategy.subject(topic, self.config.is_key, None)?;
                self.client.version(&subject, &registered).await?
            }
            _ => None,
        };
        let reader = self.format.reader(&registered, version).map_err(|ConvertError(why)| {
            ConvertError(format!("schema id {id} at schema registry {}: {why}", self.client.shown()))
        })?;
        Ok(Read { topic: topic.clone(), id, reader })
    }
}

#[async_trait]
impl<F: Format> Lookup for WriterLookup<F> {
    async fn run(&self) -> Result<(), LookupError> {
        let Self { converter, schema, topic } = self;
        let written = converter.written(schema.as_ref(), topic).await;
        let written =
            written.map_err(|error| Inner::<F>::of_topic(error, |error| converter.unwritten(topic, error)))?;
        converter.caches().insert_writer(schema.clone(), Arc::new(written));
        Ok(())
    }
}

#[async_trait]
impl<F: Format> Lookup for ReaderLookup<F> {
    async fn run(&self) -> Result<(), LookupError> {
        let Self { converter, id, topic } = self;
        let read = converter.read(*id, topic).await;
        let read = read.map_err(|error| Inner::<F>::of_topic(error, |error| converter.unread(topic, error)))?;
        converter.caches().insert_reader(Arc::new(read));
        Ok(())
    }
}

// === impl Caches ===

impl<F: Format> Caches<F> {
    fn writer(&mut self, schema: Option<&Schema>, topic: &str) -> Option<Arc<Written<F>>> {
        let is = |(known, written): &(Option<Schema>, Arc<Written<F>>)| {
            let same = match (known, schema) {
                (Some(known), Some(schema)) => known.is_same(schema),
                (None, None) => true,
                _ => false,
            };
            same && *written.topic == *topic
        };
        let written = match self.recent_writers.iter().position(is) {
            Some(found) => {
                self.recent_writers.swap(0, found);
                self.recent_writers.first()?.1.clone()
            }
            None => {
                let (_, written) = self.writers.get(&(schema.cloned().map(ByStructure), topic.into()))?;
                remember(&mut self.recent_writers, (schema.cloned(), written.clone()));
                written
            }
        };
        written.until.is_none_or(|until| Instant::now() < until).then_some(written)
    }

    fn insert_writer(&mut self, schema: Option<Schema>, written: Arc<Written<F>>) {
        let topic = written.topic.clone();
        self.recent_writers.retain(|(known, of)| *known != schema || of.topic != topic);
        self.writers.insert((schema.clone().map(ByStructure), topic), written.clone(), PLAN_BYTES);
        remember(&mut self.recent_writers, (schema, written));
    }

    fn reader(&mut self, id: i32, topic: &str) -> Option<Arc<Read<F>>> {
        let is = |read: &Arc<Read<F>>| read.id == id && *read.topic == *topic;
        if let Some(found) = self.recent_readers.iter().position(is) {
            self.recent_readers.swap(0, found);
            return self.recent_readers.first().cloned();
        }
        let (_, read) = self.readers.get(&(id, Arc::<str>::from(topic)))?;
        remember(&mut self.recent_readers, read.clone());
        Some(read)
    }

    fn insert_reader(&mut self, read: Arc<Read<F>>) {
        self.readers.insert((read.id, read.topic.clone()), read.clone(), PLAN_BYTES);
        remember(&mut self.recent_readers, read);
    }
}

fn remember<T>(recent: &mut Vec<T>, entry: T) {
    recent.truncate(RECENT - 1);
    recent.insert(0, entry);
}
