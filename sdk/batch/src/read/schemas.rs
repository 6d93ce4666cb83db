//! The table of schemas: children before parents, so that one pass builds them.

use crate::bytes::{Cursor, What};
use crate::layout::schema::{DEFAULT, DOC, KNOWN, NAME, OPTIONAL, PARAMETERS, VERSION};
use crate::schema::{BUILTIN_END, builtin};
use crate::{Datum, Limits, Schema, SchemaBuilder, Type};

pub(crate) fn parse_schemas(section: &[u8], limits: &Limits) -> Result<Vec<Schema>, What> {
    if section.len() > limits.max_schema_bytes {
        return Err(format!("has {} bytes of schemas, max_schema_bytes is {}", section.len(), limits.max_schema_bytes));
    }
    let mut cursor = Cursor::new(section);
    let count = cursor.count(2, "schema count")?;
    if count > limits.max_schemas {
        return Err(format!("has {count} schemas, max_schemas is {}", limits.max_schemas));
    }
    let mut schemas = Vec::with_capacity(count);
    for i in 0..count {
        let schema = parse_schema(&mut cursor, &schemas, limits).map_err(|what| format!("schema {i}: {what}"))?;
        schemas.push(schema);
    }
    match cursor.remaining() {
        0 => Ok(schemas),
        left => Err(format!("{left} bytes follow the last schema")),
    }
}

fn parse_schema(cursor: &mut Cursor<'_>, before: &[Schema], limits: &Limits) -> Result<Schema, What> {
    let code = cursor.u8("type")?;
    let ty = Type::from_code(code).ok_or_else(|| format!("unknown type {code}"))?;
    let flags = cursor.u8("flags")?;
    if flags & !KNOWN != 0 {
        return Err(format!("unknown flags {flags:#04x}"));
    }
    let mut builder = parse_children(cursor, ty, before)?;
    if flags & OPTIONAL != 0 {
        builder = builder.optional();
    }
    if flags & NAME != 0 {
        builder = builder.name(cursor.text("name")?);
    }
    if flags & VERSION != 0 {
        builder = builder.version(cursor.array("version").map(i32::from_le_bytes)?);
    }
    if flags & DOC != 0 {
        builder = builder.doc(cursor.text("doc")?);
    }
    if flags & PARAMETERS != 0 {
        builder = parse_parameters(cursor, builder)?;
    }
    let schema = builder.clone().build();
    check_size(&schema, limits)?;
    schema.check().map_err(|invalid| invalid.to_string())?;
    if flags & DEFAULT == 0 {
        return Ok(schema);
    }
    let length = cursor.u32("default")?;
    let row = cursor.take(length as usize, "default")?;
    let default =
        Datum::of(Some(&schema), Some(row)).to_value().map_err(|malformed| format!("default: {}", malformed.what))?;
    builder.default_value(default).try_build().map_err(|invalid| invalid.to_string())
}

fn check_size(schema: &Schema, limits: &Limits) -> Result<(), What> {
    if schema.depth() > limits.max_depth {
        return Err(format!("nested {} deep, max_depth is {}", schema.depth(), limits.max_depth));
    }
    if schema.nodes() > limits.max_schema_nodes {
        return Err(format!("has {} nodes, max_schema_nodes is {}", schema.nodes(), limits.max_schema_nodes));
    }
    Ok(())
}

fn parse_parameters(cursor: &mut Cursor<'_>, mut builder: SchemaBuilder) -> Result<SchemaBuilder, What> {
    let count = cursor.count(8, "parameter count")?;
    if count == 0 {
        return Err("flag says parameters, there are none".into());
    }
    let mut keys = std::collections::HashSet::new();
    for _ in 0..count {
        let key = cursor.text("parameter")?;
        if !keys.insert(key) {
            return Err(format!("parameter {key:?} comes twice"));
        }
        builder = builder.push_parameter(key, cursor.text("parameter")?);
    }
    Ok(builder)
}

fn parse_children(cursor: &mut Cursor<'_>, ty: Type, before: &[Schema]) -> Result<SchemaBuilder, What> {
    Ok(match ty {
        Type::Array => Schema::array(child(cursor, before, "items")?),
        Type::Map => {
            let keys = child(cursor, before, "keys")?;
            Schema::map(keys, child(cursor, before, "values")?)
        }
        Type::Struct => {
            let count = cursor.count(8, "field count")?;
            let mut builder = Schema::structure();
            for _ in 0..count {
                let name = cursor.text("field name")?;
                builder = builder.field(name, child(cursor, before, name)?);
            }
            builder
        }
        _ => SchemaBuilder::new(ty),
    })
}

fn child(cursor: &mut Cursor<'_>, before: &[Schema], noun: &str) -> Result<Schema, What> {
    let id = cursor.u32(noun)?;
    let schema = match id.checked_sub(BUILTIN_END) {
        Some(position) => before.get(position as usize),
        None => builtin(id),
    };
    schema.cloned().ok_or_else(|| format!("{noun}: there is no schema {id} before this one"))
}
