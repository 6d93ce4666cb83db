//! Values from Avro's binary form, straight into rows.

use std::borrow::Cow;
use std::ops::Range;

use wasm_connect_batch::{FrameWriter, Payload, RowWriter, Schema, SchemaId, tagged};

use super::input::Input;
use super::plan::Plan;
use crate::converter::distinct::Distinct;
use crate::converter::{ConvertError, Slot};

/// How many items that take no bytes an array may have.
const MAX_EMPTY_ITEMS: u64 = 1 << 20;

/// Reads a message's value, which is all of `bytes`.
pub(super) fn read(
    plan: &Plan,
    schema: &Schema,
    bytes: &[u8],
    slot: Slot,
    frame: &mut FrameWriter<'_>,
) -> Result<(), ConvertError> {
    // Java's serializer writes bytes alone as they are.
    if matches!(plan, Plan::Bytes | Plan::Decimal) {
        let id = frame.schema(schema);
        return slot.write(frame, Payload::Bytes(id, bytes));
    }
    let mut input = Input::new(bytes);
    let plan = match value_of(plan, &mut input)? {
        Some(plan) => plan,
        None => {
            end(&input)?;
            return slot.write(frame, Payload::Null(Some(schema)));
        }
    };
    let id = frame.schema(schema);
    slot.write_with(frame, id, |buf| {
        row(plan, &mut input, schema, buf)?;
        end(&input)
    })
}

fn end(input: &Input<'_>) -> Result<(), ConvertError> {
    match input.left() {
        0 => Ok(()),
        left => Err(ConvertError(format!("malformed Avro: {left} bytes are left after the value"))),
    }
}

/// Sees through what is optional; none: null.
fn value_of<'p>(plan: &'p Plan, input: &mut Input<'_>) -> Result<Option<&'p Plan>, ConvertError> {
    match plan {
        Plan::Optional { null, value } => match input.index(2, "union")? == *null {
            true => Ok(None),
            false => value_of(value, input),
        },
        Plan::Only(value) => {
            input.index(1, "union")?;
            value_of(value, input)
        }
        Plan::Union(members) => {
            let is_null = members.get(input.clone().index(members.len(), "union")?).is_some_and(Option::is_none);
            if is_null {
                input.index(members.len(), "union")?;
            }
            Ok((!is_null).then_some(plan))
        }
        plan => Ok(Some(plan)),
    }
}

/// Appends the row of a value that is not null.
fn row(plan: &Plan, input: &mut Input<'_>, schema: &Schema, buf: &mut Vec<u8>) -> Result<(), ConvertError> {
    match plan {
        Plan::Boolean => buf.push(u8::from(input.boolean()?)),
        Plan::Int => buf.extend_from_slice(&input.int()?.to_le_bytes()),
        Plan::Int8 => buf.extend_from_slice(&(input.int()? as i8).to_le_bytes()),
        Plan::Int16 => buf.extend_from_slice(&(input.int()? as i16).to_le_bytes()),
        Plan::Long => buf.extend_from_slice(&input.zigzag()?.to_le_bytes()),
        Plan::Float => buf.extend_from_slice(&input.float()?.to_le_bytes()),
        Plan::Double => buf.extend_from_slice(&input.double()?.to_le_bytes()),
        Plan::String => buf.extend_from_slice(input.string()?.as_bytes()),
        Plan::Bytes => buf.extend_from_slice(input.bytes()?),
        Plan::Decimal => buf.extend_from_slice(decimal(input)?),
        Plan::Fixed(size) => buf.extend_from_slice(input.take(*size)?),
        Plan::Enum(symbols) => buf.extend_from_slice(symbol(symbols, input)?.as_bytes()),
        Plan::Array(items) => {
            let count = count(items, input)?;
            let mut row = RowWriter::array(buf, schema, count)?;
            blocks(input, |input| slot(items, input, &mut row))?;
            row.finish()?;
        }
        Plan::Map(values) => {
            let mut entries: Distinct<'_, Range<usize>> = Distinct::new();
            blocks(input, |input| {
                let key = input.string()?;
                let start = input.position();
                skip(values, input)?;
                entries.insert(Cow::Borrowed(key), start..input.position());
                Ok(())
            })?;
            let entries = entries.into_entries();
            let mut row = RowWriter::map(buf, schema, entries.len())?;
            for (key, _) in &entries {
                row.string(key)?;
            }
            for (_, value) in entries {
                slot(values, &mut input.part(value), &mut row)?;
            }
            row.finish()?;
        }
        Plan::Entries(key, value) => {
            let mut entries = Vec::new();
            blocks(input, |input| {
                let start = input.position();
                skip(key, input)?;
                let middle = input.position();
                skip(value, input)?;
                entries.push((start..middle, middle..input.position()));
                match entries.len() as u64 > MAX_EMPTY_ITEMS && is_empty(key) && is_empty(value) {
                    true => Err(too_many(entries.len() as u64)),
                    false => Ok(()),
                }
            })?;
            let mut row = RowWriter::map(buf, schema, entries.len())?;
            for (range, _) in &entries {
                slot(key, &mut input.part(range.clone()), &mut row)?;
            }
            for (_, range) in entries {
                slot(value, &mut input.part(range), &mut row)?;
            }
            row.finish()?;
        }
        Plan::Record(fields) => {
            let mut row = RowWriter::structure(buf, schema)?;
            for (field, of) in fields.iter().zip(schema.fields()) {
                slot(field, input, &mut row)
                    .map_err(|ConvertError(why)| ConvertError(format!("field {}: {why}", of.name)))?;
            }
            row.finish()?;
        }
        Plan::Union(members) => {
            let member = members.get(input.index(members.len(), "union")?);
            let Some(Some((place, plan))) = member else {
                return Err(ConvertError("Did not find matching union field for data".to_owned()));
            };
            let mut row = RowWriter::structure(buf, schema)?;
            for i in 0..schema.fields().len() {
                if i == *place { slot(plan, input, &mut row)? } else { row.null().map(drop)? }
            }
            row.finish()?;
        }
        Plan::Optional { .. } | Plan::Only(_) => match value_of(plan, input)? {
            Some(plan) => row(plan, input, schema, buf)?,
            None => return Err(ConvertError("Found null value for non-optional schema".to_owned())),
        },
    }
    Ok(())
}

/// Writes the next slot.
fn slot(plan: &Plan, input: &mut Input<'_>, row_writer: &mut RowWriter<'_>) -> Result<(), ConvertError> {
    let Some(plan) = value_of(plan, input)? else {
        row_writer.null()?;
        return Ok(());
    };
    match plan {
        Plan::Boolean => row_writer.boolean(input.boolean()?)?,
        Plan::Int => row_writer.int32(input.int()?)?,
        Plan::Int8 => row_writer.int8(input.int()? as i8)?,
        Plan::Int16 => row_writer.int16(input.int()? as i16)?,
        Plan::Long => row_writer.int64(input.zigzag()?)?,
        Plan::Float => row_writer.float32(input.float()?)?,
        Plan::Double => row_writer.float64(input.double()?)?,
        _ => row_writer.nested(|schema, buf| row(plan, input, schema, buf))?,
    };
    Ok(())
}

fn decimal<'a>(input: &mut Input<'a>) -> Result<&'a [u8], ConvertError> {
    match input.bytes()? {
        [] => Err(ConvertError("Invalid bytes for Decimal field: Zero length BigInteger".to_owned())),
        unscaled => Ok(unscaled),
    }
}

fn symbol<'p>(symbols: &'p [String], input: &mut Input<'_>) -> Result<&'p str, ConvertError> {
    let index = input.index(symbols.len(), "enum")?;
    Ok(symbols.get(index).map_or("", String::as_str))
}

/// Visits the items of all blocks.
fn blocks<'a>(
    input: &mut Input<'a>,
    mut item: impl FnMut(&mut Input<'a>) -> Result<(), ConvertError>,
) -> Result<(), ConvertError> {
    while let Some((count, _)) = input.block()? {
        for _ in 0..count {
            item(input)?;
        }
    }
    Ok(())
}

/// How many items come, which only the last block shows.
fn count(items: &Plan, input: &Input<'_>) -> Result<usize, ConvertError> {
    let mut input = input.clone();
    let (mut total, empty) = (0u64, is_empty(items));
    while let Some((count, size)) = input.block()? {
        // What takes bytes cannot be more than there are.
        let most = if empty { MAX_EMPTY_ITEMS } else { input.left() as u64 };
        if count > most {
            return Err(too_many(count));
        }
        total += count;
        if empty && total > MAX_EMPTY_ITEMS {
            return Err(too_many(total));
        }
        match size {
            Some(size) => drop(input.take(size)?),
            None if empty => {}
            None => (0..count).try_for_each(|_| skip(items, &mut input))?,
        }
    }
    usize::try_from(total).map_err(|_| too_many(total))
}

fn too_many(count: u64) -> ConvertError {
    ConvertError(format!("malformed Avro: there is no room for {count} items"))
}

/// Whether values of this type take no bytes.
fn is_empty(plan: &Plan) -> bool {
    match plan {
        Plan::Fixed(size) => *size == 0,
        Plan::Record(fields) => fields.iter().all(is_empty),
        _ => false,
    }
}

fn skip(plan: &Plan, input: &mut Input<'_>) -> Result<(), ConvertError> {
    match plan {
        Plan::Boolean => drop(input.take(1)?),
        Plan::Int | Plan::Int8 | Plan::Int16 | Plan::Long | Plan::Enum(_) => drop(input.zigzag()?),
        Plan::Float => drop(input.take(4)?),
        Plan::Double => drop(input.take(8)?),
        Plan::String | Plan::Bytes | Plan::Decimal => drop(input.bytes()?),
        Plan::Fixed(size) => drop(input.take(*size)?),
        Plan::Array(items) => skip_blocks(input, is_empty(items), |input| skip(items, input))?,
        Plan::Map(values) => skip_blocks(input, false, |input| {
            input.bytes()?;
            skip(values, input)
        })?,
        Plan::Entries(key, value) => skip_blocks(input, is_empty(key) && is_empty(value), |input| {
            skip(key, input)?;
            skip(value, input)
        })?,
        Plan::Record(fields) => fields.iter().try_for_each(|field| skip(field, input))?,
        Plan::Optional { null, value } => {
            if input.index(2, "union")? != *null {
                skip(value, input)?;
            }
        }
        Plan::Only(value) => {
            input.index(1, "union")?;
            skip(value, input)?;
        }
        Plan::Union(members) => {
            if let Some(Some((_, member))) = members.get(input.index(members.len(), "union")?) {
                skip(member, input)?;
            }
        }
    }
    Ok(())
}

fn skip_blocks<'a>(
    input: &mut Input<'a>,
    empty: bool,
    mut item: impl FnMut(&mut Input<'a>) -> Result<(), ConvertError>,
) -> Result<(), ConvertError> {
    while let Some((count, size)) = input.block()? {
        match size {
            Some(size) => drop(input.take(size)?),
            None if empty => {}
            None => (0..count).try_for_each(|_| item(input))?,
        }
    }
    Ok(())
}

// === schemaless values

/// Reads a value of the schema `Anything`.
pub(super) fn read_anything(bytes: &[u8], slot: Slot, frame: &mut FrameWriter<'_>) -> Result<(), ConvertError> {
    let mut input = Input::new(bytes);
    let mut value = Vec::new();
    let is_null = !anything(&mut input, &mut value, 0)?;
    end(&input)?;
    if is_null {
        return slot.write(frame, Payload::Null(None));
    }
    slot.write_with(frame, SchemaId::NONE, |buf| {
        buf.extend_from_slice(&value);
        Ok(())
    })
}

/// Appends a tagged value; false: it was null, and nothing was appended. The first of the nine fields that is not null counts.
fn anything(input: &mut Input<'_>, out: &mut Vec<u8>, depth: u16) -> Result<bool, ConvertError> {
    if depth >= wasm_connect_batch::Limits::DEPTH {
        return Err(ConvertError("malformed Avro: schemaless data is nested too deep".to_owned()));
    }
    let mut found = false;
    for field in 0..9 {
        if input.index(2, "union")? == 0 {
            continue;
        }
        let start = out.len();
        match field {
            0 => tagged::boolean(out, input.boolean()?),
            1 => tagged::bytes(out, input.bytes()?),
            2 => tagged::float64(out, input.double()?),
            3 => tagged::float32(out, input.float()?),
            4 => tagged::int32(out, input.int()?),
            5 => tagged::int64(out, input.zigzag()?),
            6 => tagged::string(out, input.string()?),
            7 => {
                let array = tagged::array(out);
                let mut items = 0u32;
                blocks(input, |input| {
                    items += 1;
                    item(input, out, depth)
                })?;
                array.end(out, items);
            }
            _ => {
                let map = tagged::map(out);
                let mut entries = 0u32;
                blocks(input, |input| {
                    entries += 1;
                    item(input, out, depth)?;
                    item(input, out, depth)
                })?;
                map.end(out, entries);
            }
        }
        if found {
            out.truncate(start);
        }
        found = true;
    }
    Ok(found)
}

fn item(input: &mut Input<'_>, out: &mut Vec<u8>, depth: u16) -> Result<(), ConvertError> {
    if !anything(input, out, depth + 1)? {
        tagged::null(out);
    }
    Ok(())
}
