//! The schemas of a batch that is being written, each once, children before parents.

use std::collections::HashMap;

use crate::layout::schema as flags;
use crate::row::write_default;
use crate::schema::BUILTIN_END;
use crate::{EncodeError, Schema, Type};

/// A schema of the batch that is being written, or a constant of the format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SchemaId(pub(crate) u32);

impl SchemaId {
    /// No schema: schemaless values, or null without a schema.
    pub const NONE: SchemaId = SchemaId(0);
    pub const STRING: SchemaId = SchemaId::primitive(Type::String, false);
    pub const OPTIONAL_STRING: SchemaId = SchemaId::primitive(Type::String, true);
    pub const BYTES: SchemaId = SchemaId::primitive(Type::Bytes, false);
    pub const OPTIONAL_BYTES: SchemaId = SchemaId::primitive(Type::Bytes, true);

    /// The constant id of a plain primitive; [`SchemaId::NONE`] for array, map and struct, which have none.
    pub const fn primitive(ty: Type, optional: bool) -> SchemaId {
        match ty {
            Type::Array | Type::Map | Type::Struct => SchemaId::NONE,
            _ => SchemaId(2 * ty as u32 + optional as u32),
        }
    }
}

/// Schemas whose address is remembered; a caller that makes a new one for each record must not fill the memory.
const MAX_SEEN: usize = 4096;

#[derive(Default)]
pub(crate) struct SchemaTable {
    /// All definitions, one after the other.
    bytes: Vec<u8>,
    types: Vec<Type>,
    /// Definition to id: equal bytes are equal schemas.
    ids: HashMap<Box<[u8]>, u32>,
    /// Address to id; the schema is kept so that no other one gets its address.
    seen: HashMap<usize, (Schema, u32)>,
    last: Option<(usize, u32)>,
    /// Why the last schema that got [`INVALID`] cannot be written.
    invalid: Option<EncodeError>,
}

/// The id of a schema that cannot be written.
const INVALID: u32 = u32::MAX;

impl SchemaTable {
    /// As [`SchemaTable::intern`]; the error comes when the id is used.
    #[inline]
    pub(crate) fn intern_or_remember(&mut self, schema: &Schema) -> SchemaId {
        self.intern(schema).unwrap_or_else(|error| {
            self.invalid = Some(error);
            SchemaId(INVALID)
        })
    }

    #[inline]
    pub(crate) fn intern(&mut self, schema: &Schema) -> Result<SchemaId, EncodeError> {
        let constant = schema.builtin_id();
        if constant != 0 {
            return Ok(SchemaId(constant));
        }
        match self.last {
            Some((address, id)) if address == schema.address() => Ok(SchemaId(id)),
            _ => self.find_or_add(schema),
        }
    }

    fn find_or_add(&mut self, schema: &Schema) -> Result<SchemaId, EncodeError> {
        let address = schema.address();
        let id = match self.seen.get(&address) {
            Some((_, id)) => *id,
            None => {
                schema.check()?;
                let id = self.add(schema)?;
                if self.seen.len() >= MAX_SEEN {
                    self.seen.clear();
                }
                self.seen.insert(address, (schema.clone(), id));
                id
            }
        };
        self.last = Some((address, id));
        Ok(SchemaId(id))
    }

    fn add(&mut self, schema: &Schema) -> Result<u32, EncodeError> {
        let mut definition = Vec::new();
        self.define(schema, &mut definition)?;
        if let Some(&id) = self.ids.get(definition.as_slice()) {
            return Ok(id);
        }
        let id = BUILTIN_END + self.types.len() as u32;
        self.types.push(schema.ty());
        self.bytes.extend_from_slice(&definition);
        self.ids.insert(definition.into_boxed_slice(), id);
        Ok(id)
    }

    fn define(&mut self, schema: &Schema, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let present = flag(schema.is_optional(), flags::OPTIONAL)
            | flag(schema.name().is_some(), flags::NAME)
            | flag(schema.version().is_some(), flags::VERSION)
            | flag(schema.doc().is_some(), flags::DOC)
            | flag(!schema.parameters().is_empty(), flags::PARAMETERS)
            | flag(schema.default_value().is_some(), flags::DEFAULT);
        out.extend_from_slice(&[schema.ty().code(), present]);
        self.define_children(schema, out)?;
        if let Some(name) = schema.name() {
            text(out, name);
        }
        if let Some(version) = schema.version() {
            out.extend_from_slice(&version.to_le_bytes());
        }
        if let Some(doc) = schema.doc() {
            text(out, doc);
        }
        if !schema.parameters().is_empty() {
            number(out, schema.parameters().len());
            for (key, value) in schema.parameters() {
                text(out, key);
                text(out, value);
            }
        }
        if let Some(default) = schema.default_value() {
            let at = out.len();
            number(out, 0);
            write_default(out, schema, default)?;
            let length = (out.len() - at - 4) as u32;
            out[at..at + 4].copy_from_slice(&length.to_le_bytes());
        }
        Ok(())
    }

    fn define_children(&mut self, schema: &Schema, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if schema.ty() == Type::Struct {
            number(out, schema.fields().len());
            for field in schema.fields() {
                text(out, &field.name);
                number(out, self.intern(&field.schema)?.0 as usize);
            }
            return Ok(());
        }
        for child in schema.key_schema().into_iter().chain(schema.value_schema()) {
            number(out, self.intern(child)?.0 as usize);
        }
        Ok(())
    }

    /// The type of an id; none for [`SchemaId::NONE`].
    #[inline]
    pub(crate) fn ty(&self, id: SchemaId) -> Result<Option<Type>, EncodeError> {
        let SchemaId(id) = id;
        let ty = match id.checked_sub(BUILTIN_END) {
            Some(position) => self.types.get(position as usize).copied(),
            None if id == 0 => return Ok(None),
            None => Type::from_code((id / 2) as u8).filter(|ty| ty.is_primitive()),
        };
        ty.map(Some).ok_or_else(|| self.unknown(id))
    }

    #[cold]
    fn unknown(&self, id: u32) -> EncodeError {
        let invalid = self.invalid.clone().filter(|_| id == INVALID);
        invalid.unwrap_or(EncodeError::UnknownSchema(id))
    }

    pub(crate) fn len(&self) -> usize {
        self.types.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        4 + self.bytes.len()
    }

    pub(crate) fn write(&self, batch: &mut Vec<u8>) {
        number(batch, self.types.len());
        batch.extend_from_slice(&self.bytes);
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.types.clear();
        self.ids.clear();
        self.seen.clear();
        self.last = None;
        self.invalid = None;
    }
}

fn number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len());
    out.extend_from_slice(text.as_bytes());
}
