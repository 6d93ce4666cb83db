//! `Cast`: fields, or the whole key or value, as another type.

use wasm_connect_batch::{Schema, SchemaBuilder, Type, Value};

use super::cast_value::{self, Direction, check_type};
use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::config_exception::ConfigException;
use crate::config::config_value::{ParsedValue, trim};
use crate::config::definition::ParsedConfig;
use crate::converter::CowValue;
use crate::transform::operand::Operand;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::requirements::{require_map, require_struct};
use crate::transform::schema_cache::SchemaCache;
use crate::transform::structure::{NewStruct, copy_schema_basics, fields_of};
use crate::transform::{ConnectRecord, Part, TransformError, Transformation, map};

const SPEC: &str = "spec";
const PURPOSE: &str = "cast types";

pub struct Cast {
    operand: Operand,
    spec: Spec,
    replace_null: ReplaceNull,
    cache: SchemaCache<Plan>,
}

/// What is cast to what.
#[derive(Debug, PartialEq)]
enum Spec {
    Whole(Type),
    Fields(Vec<(String, Type)>),
}

/// What is to be done with all records of one schema.
struct Plan {
    schema: Schema,
    /// The new type of each field; none: it stays. Empty if the whole value is cast.
    targets: Vec<Option<Type>>,
}

pub fn keys() -> Vec<ConfigKey> {
    let spec = ConfigKey::new(
        SPEC,
        ConfigType::List,
        Default::Required,
        Importance::High,
        "What is cast to what: pairs field1:type,field2:type, or one type for the whole key or value. The types are int8, int16, \
         int32, int64, float32, float64, boolean and string. Bytes can only become a string.",
    );
    vec![spec.check(Validator::Lambda(check_spec)), ReplaceNull::key()]
}

fn check_spec(_name: &str, value: &ParsedValue) -> Result<(), ConfigException> {
    match value {
        ParsedValue::List(mappings) if !mappings.is_empty() => Spec::parse(mappings).map(drop),
        _ => Err(ConfigException("Must specify at least one field to cast.".to_owned())),
    }
}

// === impl Spec ===

impl Spec {
    fn parse(mappings: &[String]) -> Result<Self, ConfigException> {
        let mut whole = None;
        let mut fields: Vec<(String, Type)> = Vec::new();
        for mapping in mappings {
            // Java's `split` does not count empty parts at the end.
            let parts: Vec<&str> = mapping.trim_end_matches(':').split(':').collect();
            match parts.as_slice() {
                [ty] => whole = Some(parse_type(ty)?),
                [field, ty] => {
                    let (field, ty) = (trim(field), parse_type(ty)?);
                    match fields.iter_mut().find(|(known, _)| known == field) {
                        Some((_, known)) => *known = ty,
                        None => fields.push((field.to_owned(), ty)),
                    }
                }
                _ => {
                    let given = format!("[{}]", mappings.join(", "));
                    let message = format!("Invalid rename mapping: {mapping}");
                    return Err(ConfigException::invalid("renames", given, message));
                }
            }
        }
        match whole {
            Some(_) if mappings.len() > 1 => Err(ConfigException(
                "Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec"
                    .to_owned(),
            )),
            Some(ty) => Ok(Spec::Whole(ty)),
            None => Ok(Spec::Fields(fields)),
        }
    }

    fn target(&self, field: &str) -> Option<Type> {
        match self {
            Spec::Whole(_) => None,
            Spec::Fields(fields) => fields.iter().find(|(name, _)| name == field).map(|(_, ty)| *ty),
        }
    }
}

fn parse_type(text: &str) -> Result<Type, ConfigException> {
    let name = trim(text);
    let ty = Type::ALL.into_iter().find(|ty| ty.name() == name.to_lowercase());
    let ty = ty.ok_or_else(|| ConfigException(format!("Invalid type found in casting spec: {name}")))?;
    check_type(ty, Direction::To).map_err(ConfigException)?;
    Ok(ty)
}

// === impl Cast ===

impl Cast {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        Ok(Self {
            operand,
            spec: Spec::parse(&config.list(SPEC)?)?,
            replace_null: ReplaceNull::configured(config)?,
            cache: SchemaCache::new(),
        })
    }

    fn schemaless(&self, value: CowValue<'_>) -> Result<Value, TransformError> {
        match &self.spec {
            Spec::Whole(ty) => cast_value::cast(None, value.into_value()?, *ty),
            Spec::Fields(fields) => {
                let mut entries = require_map(value, PURPOSE)?;
                for (field, ty) in fields {
                    let value = cast_value::cast(None, map::get(&entries, field).clone(), *ty)?;
                    map::put(&mut entries, field, value);
                }
                Ok(Value::Map(entries))
            }
        }
    }

    fn with_schema<'b>(&mut self, schema: &Schema, value: CowValue<'b>) -> Result<Part<'b>, TransformError> {
        let plan = self.cache.get_or_build(schema, || plan(&self.spec, schema))?;
        if let Spec::Whole(ty) = self.spec {
            let value = cast_value::cast(Some(schema), value.into_value()?, ty)?;
            return Ok(Part::Owned { schema: Some(plan.schema.clone()), value });
        }
        let value = require_struct(Some(schema), value, PURPOSE)?;
        let mut targets = plan.targets.iter();
        let updated = NewStruct::of_former(&plan.schema, value, |field, value| {
            let value = self.replace_null.resolve(&field.schema, value);
            match targets.next().copied().flatten() {
                Some(ty) => Ok(cast_value::cast(Some(&field.schema), value.into_value()?, ty)?.into()),
                None => Ok(value),
            }
        })?;
        Ok(Part::Struct(updated.finish()?))
    }
}

impl Transformation for Cast {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        if self.operand.of(&record).is_null() {
            return Ok(Some(record));
        }
        match self.operand.take(&mut record)? {
            (None, value) => self.operand.put(&mut record, None, self.schemaless(value)?),
            (Some(schema), value) => {
                let part = self.with_schema(&schema, value)?;
                self.operand.put_part(&mut record, part);
            }
        }
        Ok(Some(record))
    }
}

fn plan(spec: &Spec, schema: &Schema) -> Result<Plan, TransformError> {
    let mut targets = Vec::new();
    let (ty, mut builder) = match spec {
        Spec::Whole(ty) => (*ty, copy_schema_basics(schema, SchemaBuilder::new(*ty))),
        Spec::Fields(_) => {
            let mut builder = copy_schema_basics(schema, Schema::structure());
            for field in fields_of(schema)? {
                let target = spec.target(&field.name);
                targets.push(target);
                builder = builder.field(&*field.name, cast_schema(&field.schema, target)?);
            }
            (Type::Struct, builder)
        }
    };
    if schema.is_optional() {
        builder = builder.optional();
    }
    if let Some(default) = schema.default_value() {
        // Of a struct this is refused, as in Java.
        builder = builder.default_value(cast_value::cast(Some(schema), default.clone(), ty)?);
    }
    Ok(Plan { schema: builder.try_build()?, targets })
}

fn cast_schema(schema: &Schema, target: Option<Type>) -> Result<Schema, TransformError> {
    let Some(ty) = target else { return Ok(schema.clone()) };
    let mut builder = SchemaBuilder::new(ty);
    if schema.is_optional() {
        builder = builder.optional();
    }
    if let Some(default) = schema.default_value() {
        builder = builder.default_value(cast_value::cast(Some(schema), default.clone(), ty)?);
    }
    Ok(builder.try_build()?)
}
