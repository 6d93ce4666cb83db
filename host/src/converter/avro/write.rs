//! Values into Avro's binary form: how each type of a Connect schema becomes one of the Avro schema, and the bytes.

use std::collections::HashMap;

use serde_json::Value as Json;
use wasm_connect_batch::{Limits, Schema, Type, logical};

use super::Options;
use super::definition::is_union;
use super::input::put_bytes;
use super::names;
use super::plan::member_name;
use super::schema::{AvroSchema, Body, Field, Kind, Node};
use crate::converter::ConvertError;
use crate::converter::binary::put_zigzag;
use crate::converter::java::class;
use crate::converter::view::{MapView, StructView, View};

/// How values of one Connect schema are written.
pub(super) enum Plan {
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed {
        size: usize,
        decimal: bool,
    },
    Enum(HashMap<String, i64>),
    Array(Box<Plan>),
    Map(Box<Plan>),
    Entries(Box<Plan>, Box<Plan>),
    Record(Vec<Part>),
    /// A union: where null is in it, and where the type is.
    Optional {
        null: Option<i64>,
        value: Option<(i64, Box<Plan>)>,
    },
    /// A struct that stands for a union: where each of its fields is in it.
    Union {
        null: Option<i64>,
        members: Vec<(i64, Plan)>,
    },
    Anything,
}

/// One field of a record.
pub(super) enum Part {
    /// That of the struct.
    Field { at: usize, plan: Plan },
    /// One that the struct does not have: its default.
    Constant(Vec<u8>),
}

/// How values of `schema`, or of none, are written as `avro`.
pub(super) fn plan(schema: Option<&Schema>, avro: &AvroSchema, options: &Options) -> Result<Plan, ConvertError> {
    match schema {
        Some(schema) => Planner { avro, options }.node(schema, &avro.root, 0),
        None if avro.record_name() == Some(names::ANYTHING) => Ok(Plan::Anything),
        None => Err(ConvertError(format!("values without a schema can only be written as {}", names::ANYTHING))),
    }
}

struct Planner<'a> {
    avro: &'a AvroSchema,
    options: &'a Options,
}

impl Planner<'_> {
    fn node(&self, schema: &Schema, node: &Node, depth: u16) -> Result<Plan, ConvertError> {
        if depth > 2 * Limits::DEPTH {
            return Err(ConvertError(format!("schema is nested deeper than {}", Limits::DEPTH)));
        }
        let depth = depth + 1;
        let boxed = |schema: Option<&Schema>, node: &Node| {
            Ok::<_, ConvertError>(Box::new(self.node(child(schema)?, node, depth)?))
        };
        Ok(match (schema.ty(), &node.kind) {
            (Type::Struct, Kind::Union(members)) if is_union(schema) => self.union(schema, members, depth)?,
            (_, Kind::Union(members)) => self.optional(schema, members, depth)?,
            (Type::Boolean, Kind::Boolean) => Plan::Boolean,
            (Type::Int8 | Type::Int16 | Type::Int32, Kind::Int) => Plan::Int,
            (Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64, Kind::Long) => Plan::Long,
            (Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 | Type::Float32, Kind::Float) => Plan::Float,
            (Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 | Type::Float32 | Type::Float64, Kind::Double) => {
                Plan::Double
            }
            (Type::String, Kind::String) => Plan::String,
            (Type::Bytes, Kind::Bytes) | (Type::String, Kind::Bytes) | (Type::Bytes, Kind::String) => Plan::Bytes,
            (Type::Array, Kind::Array(items)) => Plan::Array(boxed(schema.value_schema(), items)?),
            (Type::Map, Kind::Map(values)) if child(schema.key_schema())?.ty() == Type::String => {
                Plan::Map(boxed(schema.value_schema(), values)?)
            }
            (Type::Map, Kind::Array(items)) => {
                let Kind::Named(index) = items.kind else { return Err(self.mismatch(schema, node)) };
                match &self.avro.named(index)?.body {
                    Body::Record(fields) => match fields.as_slice() {
                        [key, value] => Plan::Entries(
                            boxed(schema.key_schema(), &key.node)?,
                            boxed(schema.value_schema(), &value.node)?,
                        ),
                        _ => return Err(self.mismatch(schema, node)),
                    },
                    _ => return Err(self.mismatch(schema, node)),
                }
            }
            (ty, Kind::Named(index)) => match (ty, &self.avro.named(*index)?.body) {
                (Type::Bytes, Body::Fixed(size)) => {
                    Plan::Fixed { size: *size, decimal: schema.name() == Some(logical::DECIMAL) }
                }
                (Type::String, Body::Enum { symbols, .. }) => Plan::Enum(symbols.iter().cloned().zip(0..).collect()),
                (Type::Struct, Body::Record(fields)) => self.record(schema, fields, depth)?,
                _ => return Err(self.mismatch(schema, node)),
            },
            _ => return Err(self.mismatch(schema, node)),
        })
    }

    fn mismatch(&self, schema: &Schema, node: &Node) -> ConvertError {
        ConvertError(format!("values of {schema} cannot be written as Avro's {}", self.avro.type_name(node)))
    }

    /// The field of the struct goes by its name in Avro.
    fn record(&self, schema: &Schema, fields: &[Field], depth: u16) -> Result<Plan, ConvertError> {
        let position = |name: &str| match self.options.scrub {
            true => schema.fields().iter().position(|field| names::scrub(&field.name) == name),
            false => schema.field(name).map(|(at, _)| at),
        };
        let mut parts = Vec::with_capacity(fields.len());
        for field in fields {
            let of_field = |ConvertError(why)| ConvertError(format!("field {}: {why}", field.name));
            let part = match position(&field.name).and_then(|at| Some((at, schema.fields().get(at)?))) {
                Some((at, of)) => {
                    Part::Field { at, plan: self.node(&of.schema, &field.node, depth).map_err(of_field)? }
                }
                None => {
                    let constant =
                        field.default.as_ref().and_then(|default| self.constant(&field.node, default, depth));
                    Part::Constant(constant.ok_or_else(|| {
                        ConvertError(format!(
                            "{schema} has no field {}, and the registered schema no default for it",
                            field.name
                        ))
                    })?)
                }
            };
            parts.push(part);
        }
        Ok(Plan::Record(parts))
    }

    fn optional(&self, schema: &Schema, members: &[Node], depth: u16) -> Result<Plan, ConvertError> {
        let null = members.iter().position(Node::is_null).map(|at| at as i64);
        let is_named = |node: &Node| match (node.kind.clone(), schema.name()) {
            (Kind::Named(_), Some(name)) => {
                let (namespace, simple) = names::split(name, self.options.scrub);
                let full = namespace.map_or_else(|| simple.clone(), |namespace| format!("{namespace}.{simple}"));
                self.avro.type_name(node) == full
            }
            _ => false,
        };
        let mut first_error = None;
        let order = members.iter().zip(0i64..).filter(|(member, _)| is_named(member));
        let order =
            order.chain(members.iter().zip(0i64..).filter(|(member, _)| !is_named(member) && !member.is_null()));
        for (member, at) in order {
            match self.node(schema, member, depth) {
                Ok(plan) => return Ok(Plan::Optional { null, value: Some((at, Box::new(plan))) }),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| ConvertError(format!("values of {schema} cannot be written as Avro's null"))))
    }

    fn union(&self, schema: &Schema, members: &[Node], depth: u16) -> Result<Plan, ConvertError> {
        let null = members.iter().position(Node::is_null).map(|at| at as i64);
        let mut plans = Vec::new();
        for field in schema.fields() {
            let named = members.iter().position(|member| member_name(self.avro, member, self.options) == field.name);
            let fits = |member: &&Node| !member.is_null() && self.node(&field.schema, member, depth).is_ok();
            let at = named.or_else(|| members.iter().position(|member| fits(&member)));
            let Some((at, member)) = at.and_then(|at| Some((at, members.get(at)?))) else {
                return Err(ConvertError(format!("the union has no type for field {}", field.name)));
            };
            plans.push((at as i64, self.node(&field.schema, member, depth)?));
        }
        Ok(Plan::Union { null, members: plans })
    }

    /// A default of Avro's in binary form; none: it is no value of the type.
    fn constant(&self, node: &Node, json: &Json, depth: u16) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        self.put_constant(node, json, &mut out, depth).then_some(out)
    }

    fn put_constant(&self, node: &Node, json: &Json, out: &mut Vec<u8>, depth: u16) -> bool {
        if depth > 2 * Limits::DEPTH {
            return false;
        }
        let bytes = |text: &str| text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<u8>>>();
        let mut put = || -> Option<()> {
            match &node.kind {
                Kind::Null => json.as_null()?,
                Kind::Boolean => out.push(u8::from(json.as_bool()?)),
                Kind::Int | Kind::Long => put_zigzag(out, json.as_i64()?),
                Kind::Float => out.extend_from_slice(&(json.as_f64()? as f32).to_le_bytes()),
                Kind::Double => out.extend_from_slice(&json.as_f64()?.to_le_bytes()),
                Kind::String => put_bytes(out, json.as_str()?.as_bytes()),
                Kind::Bytes => put_bytes(out, &bytes(json.as_str()?)?),
                Kind::Union(members) => {
                    put_zigzag(out, 0);
                    self.put_constant(members.first()?, json, out, depth + 1).then_some(())?;
                }
                Kind::Array(items) => {
                    let all = json.as_array()?;
                    if !all.is_empty() {
                        put_zigzag(out, all.len() as i64);
                    }
                    all.iter().all(|item| self.put_constant(items, item, out, depth + 1)).then_some(())?;
                    out.push(0);
                }
                Kind::Map(values) => {
                    let all = json.as_object()?;
                    if !all.is_empty() {
                        put_zigzag(out, all.len() as i64);
                    }
                    for (key, value) in all {
                        put_bytes(out, key.as_bytes());
                        self.put_constant(values, value, out, depth + 1).then_some(())?;
                    }
                    out.push(0);
                }
                Kind::Named(index) => match &self.avro.named(*index).ok()?.body {
                    Body::Fixed(size) => {
                        let bytes = bytes(json.as_str()?).filter(|bytes| bytes.len() == *size)?;
                        out.extend_from_slice(&bytes);
                    }
                    Body::Enum { symbols, .. } => {
                        let at = symbols.iter().position(|symbol| Some(symbol.as_str()) == json.as_str())?;
                        put_zigzag(out, at as i64);
                    }
                    Body::Record(fields) => {
                        for field in fields {
                            let value = json.get(&field.name).or(field.default.as_ref())?;
                            self.put_constant(&field.node, value, out, depth + 1).then_some(())?;
                        }
                    }
                },
            }
            Some(())
        };
        put().is_some()
    }
}

fn child(schema: Option<&Schema>) -> Result<&Schema, ConvertError> {
    schema.ok_or_else(|| ConvertError("schema lacks the one of its items".to_owned()))
}

// === values

/// Appends a value.
pub(super) fn write(
    plan: &Plan,
    schema: Option<&Schema>,
    value: View<'_>,
    ignore_default: bool,
    out: &mut Vec<u8>,
) -> Result<(), ConvertError> {
    match (plan, schema, value) {
        (Plan::Anything, ..) => anything(value, out),
        // Java's serializer writes bytes alone as they are.
        (Plan::Bytes, _, View::Bytes(bytes)) => {
            out.extend_from_slice(bytes);
            Ok(())
        }
        (_, Some(schema), _) => Writer { ignore_default }.value(plan, schema, value, out),
        (_, None, _) => Err(ConvertError("values without a schema have no plan".to_owned())),
    }
}

struct Writer {
    ignore_default: bool,
}

impl Writer {
    fn value(&self, plan: &Plan, schema: &Schema, value: View<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError> {
        match (plan, value) {
            (Plan::Optional { null: Some(null), .. }, View::Null) => put_zigzag(out, *null),
            (Plan::Optional { value: Some((at, plan)), .. }, value) => {
                put_zigzag(out, *at);
                self.value(plan, schema, value, out)?;
            }
            (Plan::Union { null: Some(null), .. }, View::Null) => put_zigzag(out, *null),
            (_, View::Null) => return Err(ConvertError("Found null value for non-optional schema".to_owned())),
            (Plan::Boolean, View::Boolean(v)) => out.push(u8::from(v)),
            (Plan::Int | Plan::Long, value) => put_zigzag(out, integer(schema, &value)?),
            (Plan::Float, View::Float32(v)) => out.extend_from_slice(&v.to_le_bytes()),
            (Plan::Float, value) => out.extend_from_slice(&(integer(schema, &value)? as f32).to_le_bytes()),
            (Plan::Double, View::Float64(v)) => out.extend_from_slice(&v.to_le_bytes()),
            (Plan::Double, View::Float32(v)) => out.extend_from_slice(&f64::from(v).to_le_bytes()),
            (Plan::Double, value) => out.extend_from_slice(&(integer(schema, &value)? as f64).to_le_bytes()),
            (Plan::String | Plan::Bytes, View::String(v)) => put_bytes(out, v.as_bytes()),
            (Plan::Bytes, View::Bytes(v)) => put_bytes(out, v),
            (Plan::Fixed { size, decimal }, View::Bytes(v)) => fixed(*size, *decimal, v, out)?,
            (Plan::Enum(symbols), View::String(v)) => match symbols.get(v) {
                Some(at) => put_zigzag(out, *at),
                None => return Err(ConvertError(format!("{v:?} is no symbol of the enumeration"))),
            },
            (Plan::Array(items), View::Array(all)) => {
                let item_schema = child(schema.value_schema())?;
                if all.len() > 0 {
                    put_zigzag(out, all.len() as i64);
                }
                all.visit(|item| self.value(items, item_schema, item, out))?;
                out.push(0);
            }
            (Plan::Map(values), View::Map(all)) => {
                let value_schema = child(schema.value_schema())?;
                if all.len() > 0 {
                    put_zigzag(out, all.len() as i64);
                }
                all.visit(|key, value| {
                    let View::String(key) = key else {
                        return Err(ConvertError("Found null value for non-optional schema".to_owned()));
                    };
                    put_bytes(out, key.as_bytes());
                    self.value(values, value_schema, value, out)
                })?;
                out.push(0);
            }
            (Plan::Entries(keys, values), View::Map(all)) => self.entries(keys, values, schema, &all, out)?,
            (Plan::Record(parts), View::Struct(fields)) => self.record(parts, &fields, out)?,
            (Plan::Union { members, null }, View::Struct(fields)) => self.union(members, *null, &fields, out)?,
            (_, value) => return Err(mismatch(schema, &value)),
        }
        Ok(())
    }

    fn entries(
        &self,
        keys: &Plan,
        values: &Plan,
        schema: &Schema,
        all: &MapView<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ConvertError> {
        let (key_schema, value_schema) = (child(schema.key_schema())?, child(schema.value_schema())?);
        if all.len() > 0 {
            put_zigzag(out, all.len() as i64);
        }
        all.visit(|key, value| {
            self.value(keys, key_schema, key, out)?;
            self.value(values, value_schema, value, out)
        })?;
        out.push(0);
        Ok(())
    }

    fn record(&self, parts: &[Part], value: &StructView<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError> {
        let fields = value.schema().fields();
        for part in parts {
            match part {
                Part::Constant(bytes) => out.extend_from_slice(bytes),
                Part::Field { at, plan } => {
                    let Some(field) = fields.get(*at) else {
                        return Err(ConvertError("Mismatching struct schema".to_owned()));
                    };
                    let written = self.value(plan, &field.schema, self.field(value, *at)?, out);
                    written.map_err(|ConvertError(why)| ConvertError(format!("field {}: {why}", field.name)))?;
                }
            }
        }
        Ok(())
    }

    fn union(
        &self,
        members: &[(i64, Plan)],
        null: Option<i64>,
        value: &StructView<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ConvertError> {
        for (i, ((at, plan), field)) in members.iter().zip(value.schema().fields()).enumerate() {
            let member = self.field(value, i)?;
            if !member.is_null() {
                put_zigzag(out, *at);
                return self.value(plan, &field.schema, member, out);
            }
        }
        match null {
            Some(null) => {
                put_zigzag(out, null);
                Ok(())
            }
            None => Err(ConvertError("Found null value for non-optional schema".to_owned())),
        }
    }

    /// A field's value, or what stands for it if it is null.
    fn field<'a>(&self, value: &StructView<'a>, at: usize) -> Result<View<'a>, ConvertError> {
        let view = value.get(at)?;
        match value.schema().fields().get(at).and_then(|field| field.schema.default_value()) {
            Some(default) if view.is_null() && !self.ignore_default => Ok(default.into()),
            _ => Ok(view),
        }
    }
}

fn integer(schema: &Schema, value: &View<'_>) -> Result<i64, ConvertError> {
    match value {
        View::Int8(v) => Ok(i64::from(*v)),
        View::Int16(v) => Ok(i64::from(*v)),
        View::Int32(v) => Ok(i64::from(*v)),
        View::Int64(v) => Ok(*v),
        value => Err(mismatch(schema, value)),
    }
}

fn mismatch(schema: &Schema, value: &View<'_>) -> ConvertError {
    ConvertError(format!("Invalid type for {}: {}", schema.ty(), class::of(Some(schema), value)))
}

/// A decimal is brought to the size, its sign kept.
fn fixed(size: usize, decimal: bool, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ConvertError> {
    if bytes.len() > size || (bytes.len() < size && !decimal) {
        let length = bytes.len();
        return Err(ConvertError(format!("Unscaled value byte array length {length} is not the fixed size {size}")));
    }
    let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) { 0xff } else { 0 };
    out.resize(out.len() + size - bytes.len(), sign);
    out.extend_from_slice(bytes);
    Ok(())
}

/// Appends a schemaless value: nine fields, all null but for the one of its type.
fn anything(value: View<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError> {
    /// The index of what is not null in a union.
    const SOME: u8 = 2;
    const NULL: u8 = 0;
    let field = match &value {
        View::Null => 9,
        View::Boolean(_) => 0,
        View::Bytes(_) => 1,
        View::Float64(_) => 2,
        View::Float32(_) => 3,
        View::Int8(_) | View::Int16(_) | View::Int32(_) => 4,
        View::Int64(_) => 5,
        View::String(_) => 6,
        View::Array(_) => 7,
        View::Map(_) => 8,
        other => {
            let class = class::of(None, other);
            return Err(ConvertError(format!("Unknown Java type for schemaless data: {class}")));
        }
    };
    out.extend(std::iter::repeat_n(NULL, field));
    if field == 9 {
        return Ok(());
    }
    out.push(SOME);
    match value {
        View::Boolean(v) => out.push(u8::from(v)),
        View::Bytes(v) => put_bytes(out, v),
        View::Float64(v) => out.extend_from_slice(&v.to_le_bytes()),
        View::Float32(v) => out.extend_from_slice(&v.to_le_bytes()),
        View::Int8(v) => put_zigzag(out, i64::from(v)),
        View::Int16(v) => put_zigzag(out, i64::from(v)),
        View::Int32(v) => put_zigzag(out, i64::from(v)),
        View::Int64(v) => put_zigzag(out, v),
        View::String(v) => put_bytes(out, v.as_bytes()),
        View::Array(all) => {
            if all.len() > 0 {
                put_zigzag(out, all.len() as i64);
            }
            all.visit(|item| anything(item, out))?;
            out.push(0);
        }
        View::Map(all) => {
            if all.len() > 0 {
                put_zigzag(out, all.len() as i64);
            }
            all.visit(|key, value| {
                anything(key, out)?;
                anything(value, out)
            })?;
            out.push(0);
        }
        View::Null | View::Struct(_) => {}
    }
    out.extend(std::iter::repeat_n(NULL, 8 - field));
    Ok(())
}
