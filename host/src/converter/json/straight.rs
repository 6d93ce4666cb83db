//! Values from JSON straight into a row, as they are read: for what has nothing unusual about it.
//!
//! Unusual is what does not fit its schema, malformed text, a name that comes twice, and fields in another order than the schema's.
//! What is read of such a value says nothing yet; [`Conversion::convert`] reads it again and knows.

use wasm_connect_batch::{EncodeError, Field, Limits, RowWriter, Schema, Type, tagged};

use super::item::check_field;
use super::reader::{Kind, SyntaxError};
use super::to_connect::Conversion;
use crate::converter::ConvertError;
use crate::converter::distinct::Distinct;
use crate::converter::java::logical::Logical;

/// The value has to be read with more care. What was written of it is to be taken back.
#[derive(Debug)]
pub(super) struct Unusual;

impl From<SyntaxError> for Unusual {
    fn from(_: SyntaxError) -> Self {
        Unusual
    }
}

impl From<ConvertError> for Unusual {
    fn from(_: ConvertError) -> Self {
        Unusual
    }
}

impl From<EncodeError> for Unusual {
    fn from(_: EncodeError) -> Self {
        Unusual
    }
}

impl<'a> Conversion<'_, 'a> {
    /// Appends the row of the next value, or its tagged form if there is no schema. Null, which has no row, is unusual.
    pub(super) fn write(&mut self, schema: Option<&'a Schema>, buf: &mut Vec<u8>) -> Result<(), Unusual> {
        let kind = self.reader.kind()?;
        match schema {
            _ if matches!(kind, Kind::Null | Kind::Missing) => Err(Unusual),
            None => self.write_tagged(kind, Limits::DEPTH, buf),
            Some(schema) if is_struct(schema, kind) => self.write_struct(schema, buf),
            Some(schema) if is_string(schema, kind) => {
                buf.extend_from_slice(self.reader.string()?.as_bytes());
                Ok(())
            }
            Some(schema) => Ok(self.typed_of(schema, kind)??.write_row(buf, schema)?),
        }
    }

    /// Writes a struct whose members come in the order of its fields. Some may be missing, and others be there that are no fields.
    fn write_struct(&mut self, schema: &'a Schema, buf: &mut Vec<u8>) -> Result<(), Unusual> {
        let fields = schema.fields();
        let mut row = RowWriter::structure(buf, schema)?;
        let (mut next, mut first) = (0, true);
        self.reader.open_object()?;
        loop {
            let index = match fields.get(next) {
                Some(field) if self.reader.pass_member(first, &field.name) => next,
                _ => match self.reader.member(first)? {
                    None => break,
                    Some(name) => match schema.field(&name) {
                        Some((index, _)) => index,
                        None => {
                            self.reader.skip()?;
                            first = false;
                            continue;
                        }
                    },
                },
            };
            first = false;
            if index < next {
                return Err(Unusual);
            }
            self.write_missing(&fields[next..index], &mut row)?;
            self.write_field(&fields[index], &mut row)?;
            next = index + 1;
        }
        self.write_missing(&fields[next..], &mut row)?;
        Ok(row.finish()?)
    }

    fn write_field(&mut self, field: &'a Field, row: &mut RowWriter<'_>) -> Result<(), Unusual> {
        let kind = self.reader.kind()?;
        if is_string(&field.schema, kind) {
            row.string(&self.reader.string()?)?;
        } else if is_struct(&field.schema, kind) {
            row.nested(|_, buf| self.write_struct(&field.schema, buf))?;
        } else {
            let item = self.typed_of(&field.schema, kind)??;
            check_field(&field.name, &field.schema, &item)?;
            item.write_slot(row)?;
        }
        Ok(())
    }

    /// Writes what stands for fields that are not there.
    fn write_missing(&self, missing: &'a [Field], row: &mut RowWriter<'_>) -> Result<(), Unusual> {
        for field in missing {
            let item = self.null_of(&field.schema)?;
            check_field(&field.name, &field.schema, &item)?;
            item.write_slot(row)?;
        }
        Ok(())
    }

    /// Appends a schemaless value.
    fn write_tagged(&mut self, kind: Kind, depth: u16, buf: &mut Vec<u8>) -> Result<(), Unusual> {
        let inner = depth.checked_sub(1).ok_or(Unusual)?;
        let (mut count, mut first) = (0, true);
        match kind {
            Kind::Object => {
                let open = tagged::map(buf);
                let mut names: Distinct<'a, ()> = Distinct::new();
                self.reader.open_object()?;
                while let Some(name) = self.reader.member(std::mem::replace(&mut first, false))? {
                    tagged::string(buf, &name);
                    if !names.insert_new(name, ()) {
                        return Err(Unusual);
                    }
                    let kind = self.reader.kind()?;
                    self.write_tagged(kind, inner, buf)?;
                    count += 1;
                }
                open.end(buf, count);
            }
            Kind::Array => {
                let open = tagged::array(buf);
                self.reader.open_array()?;
                while self.reader.item(std::mem::replace(&mut first, false))? {
                    let kind = self.reader.kind()?;
                    self.write_tagged(kind, inner, buf)?;
                    count += 1;
                }
                open.end(buf, count);
            }
            _ => self.schemaless(depth)??.write_tagged(buf)?,
        }
        Ok(())
    }
}

fn is_string(schema: &Schema, kind: Kind) -> bool {
    schema.ty() == Type::String && kind == Kind::String && Logical::of(Some(schema)).is_none()
}

/// Whether the value is a struct's. A logical type is never, whatever it is based on.
fn is_struct(schema: &Schema, kind: Kind) -> bool {
    schema.ty() == Type::Struct && kind == Kind::Object && Logical::of(Some(schema)).is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::super::reader::Reader;
    use super::super::{DecimalFormat, Options, write};
    use super::*;
    use crate::converter::tests::random::Random;

    /// What careful reading finds: the row, and where the value ends.
    fn careful(text: &[u8], schema: Option<&Schema>) -> Option<(Vec<u8>, usize)> {
        let mut reader = Reader::new(text);
        let converted = Conversion { reader: &mut reader, replace_null_with_default: true }.convert(schema);
        let (item, mut row) = (converted.ok()?.ok()?, Vec::new());
        match schema {
            Some(schema) => item.write_row(&mut row, schema).ok()?,
            None => item.write_tagged(&mut row).ok()?,
        }
        Some((row, reader.position()))
    }

    fn straight(text: &[u8], schema: Option<&Schema>) -> Option<(Vec<u8>, usize)> {
        let (mut reader, mut row) = (Reader::new(text), Vec::new());
        let written = Conversion { reader: &mut reader, replace_null_with_default: true }.write(schema, &mut row);
        written.ok().map(|()| (row, reader.position()))
    }

    /// What is written straight is what is read with care; the other way round only if there is nothing unusual about it.
    #[track_caller]
    fn check(text: &[u8], schema: Option<&Schema>) -> bool {
        let straight = straight(text, schema);
        let is_straight = straight.is_some();
        if is_straight {
            assert_eq!(straight, careful(text, schema), "{} of {schema:?}", String::from_utf8_lossy(text));
        }
        is_straight
    }

    fn text(schema: &Schema, value: &wasm_connect_batch::Value) -> Vec<u8> {
        let options = Options { decimal_format: DecimalFormat::Base64, replace_null_with_default: true };
        let mut text = Vec::new();
        write::value(&mut text, &options, Some(schema), value.into()).unwrap();
        text
    }

    /// Moves, doubles, renames or takes out a member somewhere.
    fn shuffle(json: &mut Json, random: &mut Random) {
        let Json::Object(members) = json else { return };
        let Some(name) = members.keys().nth(random.below(members.len().max(1) as u64) as usize).cloned() else {
            return;
        };
        match random.below(5) {
            0 => drop(members.shift_remove(&name)),
            1 => {
                let value = members.shift_remove(&name).unwrap();
                members.insert(name, value);
            }
            2 => drop(members.insert("other".into(), Json::Array(vec![Json::Null]))),
            3 => members.values_mut().for_each(|value| shuffle(value, random)),
            _ => drop(members.insert(name, Json::Null)),
        }
    }

    #[test]
    fn what_is_written_straight_is_what_is_read_with_care() {
        let mut random = Random::new(11);
        let (mut straights, mut changed) = (0, 0);
        for _ in 0..5_000 {
            let schema = random.schema(3);
            let value = random.value(&schema);
            let mut text = text(&schema, &value);
            assert_eq!(check(&text, Some(&schema)), !value.is_null(), "{}", String::from_utf8_lossy(&text));
            check(&text, None);
            for _ in 0..4 {
                let mut json: Json = serde_json::from_slice(&text).unwrap();
                shuffle(&mut json, &mut random);
                let text = if random.chance(2) { serde_json::to_vec(&json) } else { serde_json::to_vec_pretty(&json) };
                changed += 1;
                straights += usize::from(check(&text.unwrap(), Some(&schema)));
            }
            for _ in 0..4 {
                let at = random.below(text.len() as u64) as usize;
                text[at] = b"{}[]\":,0-e.tn \\\xff"[random.below(15) as usize];
                check(&text, Some(&schema));
                check(&text, None);
            }
        }
        assert!(straights > changed / 2, "{straights} of {changed}");
    }

    #[test]
    fn members_are_found_in_any_spelling_and_order() {
        let inner = Schema::structure().field("x", Schema::int8().optional().build()).build();
        let schema = Schema::structure()
            .field("a", Schema::int32().build())
            .field("b", Schema::string().default_value(wasm_connect_batch::Value::String("B".into())).build())
            .field("c", inner)
            .build();
        let cases = [
            (r#"{"a":1,"b":"x","c":{"x":1}}"#, true),
            (r#" { "a" : 1 , "\u0062" : "x", "c" : { } } "#, true),
            (r#"{"a":1,"z":[{}],"c":{"x":null,"y":0}}"#, true),
            (r#"{"a":1,"b":null,"c":{}}"#, true),
            (r#"{"b":"x","a":1,"c":{}}"#, false),
            (r#"{"a":1,"c":{},"a":2}"#, false),
            (r#"{"a":1,"a":2,"c":{}}"#, false),
            (r#"{"a":1,"c":{"x":1,"x":2}}"#, false),
            (r#"{"c":{}}"#, false),
            (r#"{"a":1,"c":null}"#, false),
            (r#"{"a":1,"c":{}"#, false),
            ("null", false),
            ("", false),
        ];
        for (text, is_straight) in cases {
            assert_eq!(check(text.as_bytes(), Some(&schema)), is_straight, "{text}");
        }
        for (text, is_straight) in
            [(r#"{"a":[1,{"b":null}],"b":{}}"#, true), (r#"{"a":1,"a":2}"#, false), ("[1,]", false), ("1.5e3", true)]
        {
            assert_eq!(check(text.as_bytes(), None), is_straight, "{text}");
        }
    }
}
