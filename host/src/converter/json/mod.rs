//! `JsonConverter`: values as JSON, with their schema beside them or without.

/// Base64 in Jackson's dialect.
pub(in crate::converter) mod base64;
/// Parsed schemas and rendered ones.
mod cache;
/// Values that borrow from the text.
mod item;
/// The pull parser.
mod reader;
/// The parts of strings that need no care.
mod scan;
/// Schemas from JSON.
mod schema;
/// Values from JSON that are nothing unusual.
mod straight;
/// Strings and floats to JSON.
pub(super) mod text;
/// Values from JSON.
mod to_connect;
/// Values as trees.
pub(in crate::converter) mod tree;
/// Values and schemas to JSON.
mod write;

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasm_connect_batch::{FrameWriter, Payload, Schema, SchemaId};

use self::cache::{Parsed, Rendered};
use self::item::Item;
use self::reader::{Kind, Reader, SyntaxError};
use self::straight::Unusual;
use self::to_connect::Conversion;
use super::{ConvertError, Converter, SchemaAndValue, Slot, Unconverted, keys};
use crate::connect::Config;

/// `org.apache.kafka.connect.json.JsonConverter`.
pub(super) struct JsonConverter {
    options: Options,
    schemas_enable: bool,
    /// The schema of all messages, if one is configured.
    schema_content: Option<Schema>,
    caches: Mutex<Caches>,
}

/// What the conversion of a value depends on.
struct Options {
    decimal_format: DecimalFormat,
    replace_null_with_default: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DecimalFormat {
    Base64,
    Numeric,
}

struct Caches {
    parsed: Parsed,
    /// Each text is that of a whole envelope up to the payload.
    rendered: Rendered,
}

/// The members of an envelope, if it is one.
struct Envelope<'a> {
    schema: &'a [u8],
    payload_at: usize,
}

// === impl JsonConverter ===

impl JsonConverter {
    pub(super) fn new(config: &Config) -> Result<Self, ConvertError> {
        let capacity = usize::try_from(keys::int(config, keys::SCHEMAS_CACHE_SIZE, 1000)?).unwrap_or(0);
        let options = Options {
            decimal_format: decimal_format(config)?,
            replace_null_with_default: keys::boolean(config, keys::REPLACE_NULL_WITH_DEFAULT, true)?,
        };
        Ok(JsonConverter {
            schemas_enable: keys::boolean(config, keys::SCHEMAS_ENABLE, true)?,
            schema_content: schema_content(config, &options)?,
            options,
            caches: Mutex::new(Caches { parsed: Parsed::new(capacity), rendered: Rendered::new(capacity) }),
        })
    }

    fn caches(&self) -> MutexGuard<'_, Caches> {
        // A cache is whole between any two calls, so that a panic elsewhere has not spoilt it.
        self.caches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The envelope of a schema up to its payload.
    fn envelope_start(&self, schema: &Schema) -> Result<Arc<[u8]>, ConvertError> {
        if let Some(known) = self.caches().rendered.get(schema) {
            return Ok(known);
        }
        let mut text = b"{\"schema\":".to_vec();
        write::schema(&mut text, &self.options, schema, None)?;
        text.extend_from_slice(b",\"payload\":");
        let text: Arc<[u8]> = text.into();
        self.caches().rendered.insert(schema, text.clone());
        Ok(text)
    }

    /// The schema of an envelope's text.
    fn schema_of(&self, text: &[u8]) -> Result<Option<Schema>, ConvertError> {
        if let Some(known) = self.caches().parsed.get(text) {
            return Ok(Some(known));
        }
        let schema = schema::parse(text, &self.options)?;
        if let Some(schema) = &schema {
            self.caches().parsed.insert(text, schema.clone());
        }
        Ok(schema)
    }

    /// Converts a message that is a value without its schema.
    fn bare(
        &self,
        text: &[u8],
        schema: Option<&Schema>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), ConvertError> {
        let mut reader = Reader::new(text);
        if self.straight(reader.clone(), schema, false, slot, frame) {
            return Ok(());
        }
        let item = self.conversion(&mut reader).convert(schema).map_err(malformed)??;
        write_item(&item, schema, slot, frame)
    }

    /// Converts a message that has its schema beside it.
    fn enveloped(&self, text: &[u8], slot: Slot, frame: &mut FrameWriter<'_>) -> Result<(), ConvertError> {
        if let Some((schema, payload_at)) = self.usual_start(text) {
            let mut reader = Reader::of_member(text, payload_at);
            if self.straight(reader.clone(), Some(&schema), true, slot, frame) {
                return Ok(());
            }
            let item = self.conversion(&mut reader).convert(Some(&schema)).map_err(malformed)?;
            if reader.member(false).map_err(malformed)?.is_none() {
                return write_item(&item?, Some(&schema), slot, frame);
            }
        }
        let mut reader = Reader::new(text);
        let Some(envelope) = read_envelope(&mut reader).map_err(malformed)? else {
            return Err(ConvertError(
                "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain additional fields. \
                 If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration."
                    .into(),
            ));
        };
        let schema = self.schema_of(envelope.schema)?;
        let mut reader = reader.of_value_at(envelope.payload_at);
        if self.straight(reader.clone(), schema.as_ref(), false, slot, frame) {
            return Ok(());
        }
        let item = self.conversion(&mut reader).convert(schema.as_ref()).map_err(malformed)??;
        write_item(&item, schema.as_ref(), slot, frame)
    }

    /// Writes a value as it is read, if it is nothing unusual; otherwise nothing has been written. One that is the `last` of an
    /// object is unusual if it is not.
    fn straight<'a>(
        &self,
        mut reader: Reader<'a>,
        schema: Option<&'a Schema>,
        last: bool,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> bool {
        let id = schema.map_or(SchemaId::NONE, |schema| frame.schema(schema));
        let written = slot.write_with(frame, id, |buf| {
            self.conversion(&mut reader).write(schema, buf)?;
            if last && reader.member(false)?.is_some() { Err(Unusual) } else { Ok(()) }
        });
        written.is_ok()
    }

    /// If the text starts as this converter writes it, with a schema that was used lately: that schema, and where the payload is.
    fn usual_start(&self, text: &[u8]) -> Option<(Schema, usize)> {
        const BEFORE_SCHEMA: &[u8] = b"{\"schema\":";
        const BEFORE_PAYLOAD: &[u8] = b",\"payload\":";
        let rest = text.strip_prefix(BEFORE_SCHEMA)?;
        let (schema, length) = self.caches().parsed.at_start(rest)?;
        let payload = rest.get(length..)?.strip_prefix(BEFORE_PAYLOAD)?;
        Some((schema, text.len() - payload.len()))
    }

    fn conversion<'r, 'a>(&self, reader: &'r mut Reader<'a>) -> Conversion<'r, 'a> {
        Conversion { reader, replace_null_with_default: self.options.replace_null_with_default }
    }
}

impl Converter for JsonConverter {
    fn from_connect(&self, _topic: &str, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<bool, Unconverted> {
        let schema = value.schema();
        if schema.is_none() && value.is_null() {
            return Ok(false);
        }
        let view = value.view()?;
        if !self.schemas_enable {
            write::value(out, &self.options, schema, view)?;
            return Ok(true);
        }
        match schema {
            Some(schema) => out.extend_from_slice(&self.envelope_start(schema)?),
            None => out.extend_from_slice(b"{\"schema\":null,\"payload\":"),
        }
        write::value(out, &self.options, schema, view)?;
        out.push(b'}');
        Ok(true)
    }

    fn to_connect(
        &self,
        _topic: &str,
        bytes: Option<&[u8]>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), Unconverted> {
        match bytes {
            None => slot.write(frame, Payload::Null(None))?,
            Some(text) if !self.schemas_enable => self.bare(text, None, slot, frame)?,
            Some(text) => match &self.schema_content {
                Some(schema) => self.bare(text, Some(schema), slot, frame)?,
                None => self.enveloped(text, slot, frame)?,
            },
        }
        Ok(())
    }
}

// === configuration

fn decimal_format(config: &Config) -> Result<DecimalFormat, ConvertError> {
    match config.get(keys::DECIMAL_FORMAT) {
        None => Ok(DecimalFormat::Base64),
        Some(format) if format.eq_ignore_ascii_case("BASE64") => Ok(DecimalFormat::Base64),
        Some(format) if format.eq_ignore_ascii_case("NUMERIC") => Ok(DecimalFormat::Numeric),
        Some(format) => Err(keys::invalid(
            keys::DECIMAL_FORMAT,
            format,
            "String must be one of (case insensitive): NUMERIC, BASE64",
        )),
    }
}

fn schema_content(config: &Config, options: &Options) -> Result<Option<Schema>, ConvertError> {
    let Some(text) = config.get(keys::SCHEMA_CONTENT).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if let Err(error) = Reader::new(text.as_bytes()).skip() {
        return Err(ConvertError(format!(
            "Failed to parse schema in converter config due to serialization error: {error}"
        )));
    }
    schema::parse(text.as_bytes(), options)
}

// === messages

/// The error of bytes that are no JSON.
fn malformed(why: impl Display) -> ConvertError {
    ConvertError(format!("Converting byte[] to Kafka Connect data failed due to serialization error: {why}"))
}

/// Checks the whole text; none if it is no object of exactly the two members.
fn read_envelope<'a>(reader: &mut Reader<'a>) -> Result<Option<Envelope<'a>>, SyntaxError> {
    if reader.kind()? != Kind::Object {
        reader.skip()?;
        return Ok(None);
    }
    let (mut schema, mut payload_at, mut others) = (None, None, false);
    let mut first = true;
    reader.open_object()?;
    while let Some(name) = reader.member(first)? {
        first = false;
        reader.kind()?;
        let start = reader.position();
        reader.skip()?;
        match name.as_ref() {
            "schema" => schema = Some(reader.since(start)),
            "payload" => payload_at = Some(start),
            _ => others = true,
        }
    }
    Ok(match (schema, payload_at, others) {
        (Some(schema), Some(payload_at), false) => Some(Envelope { schema, payload_at }),
        _ => None,
    })
}

fn write_item(
    item: &Item<'_>,
    schema: Option<&Schema>,
    slot: Slot,
    frame: &mut FrameWriter<'_>,
) -> Result<(), ConvertError> {
    if *item == Item::Null {
        return slot.write(frame, Payload::Null(schema));
    }
    match schema {
        Some(schema) => {
            let id = frame.schema(schema);
            slot.write_with(frame, id, |row| Ok(item.write_row(row, schema)?))
        }
        None => slot.write_with(frame, SchemaId::NONE, |row| Ok(item.write_tagged(row)?)),
    }
}
