//! Values from Protobuf's wire format, straight into rows.
//!
//! The fields of a message come in any order, and a field may come in parts, while the slots of a row have one order. So a message is
//! gone through once to note where the values of each field are, and then its slots are written.

use std::borrow::Cow;
use std::collections::HashMap;

use wasm_connect_batch::{FrameWriter, RowWriter, Schema, Type};

use super::input::{Encoding, Input, Scalar, WireType};
use super::logical::Parts;
use super::plan::{Absent, Field, Kind, Message, Root, Slot as Place, Symbols};
use crate::converter::java::logical::Logical;
use crate::converter::{ConvertError, Slot};

/// No occurrence, no member.
const NONE: u32 = u32::MAX;

/// Where the values of the messages that are being read are; kept from one value to the next for its memory.
#[derive(Default)]
pub(super) struct Scratch {
    /// One for each field of each open message.
    chains: Vec<Chain>,
    occurrences: Vec<Occurrence>,
    /// The member of each oneof that came last.
    members: Vec<u32>,
}

/// The occurrences of one field, in their order.
#[derive(Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
}

/// One value.
#[derive(Clone, Copy)]
struct Occurrence {
    start: u32,
    end: u32,
    next: u32,
    wire: WireType,
}

impl Chain {
    const EMPTY: Chain = Chain { first: NONE, last: NONE };

    fn is_empty(self) -> bool {
        self.first == NONE
    }
}

/// Reads a message, which is all of `bytes`. On an error the frame is as it was.
pub(super) fn read(
    root: &Root,
    schema: &Schema,
    bytes: &[u8],
    scratch: &mut Scratch,
    slot: Slot,
    frame: &mut FrameWriter<'_>,
) -> Result<(), ConvertError> {
    let Ok(end) = u32::try_from(bytes.len()) else {
        return Err(ConvertError(format!("a message of {} bytes is too long", bytes.len())));
    };
    scratch.chains.clear();
    scratch.members.clear();
    scratch.occurrences.clear();
    scratch.occurrences.push(Occurrence { start: 0, end, next: NONE, wire: WireType::Delimited });
    let whole = Chain { first: 0, last: 0 };
    let mut reader = Reader { bytes, scratch };
    let id = frame.schema(schema);
    match root {
        Root::Message(message) => slot.write_with(frame, id, |buf| reader.message(message, schema, whole, buf)),
        Root::Wrapper(encoding, ty) => {
            let value = reader.wrapped(*encoding, whole)?;
            slot.write_with(frame, id, |buf| append(buf, *ty, &value))
        }
    }
}

struct Reader<'a, 's> {
    bytes: &'a [u8],
    scratch: &'s mut Scratch,
}

impl<'a> Reader<'a, '_> {
    fn occurrence(&self, at: u32) -> Option<Occurrence> {
        self.scratch.occurrences.get(at as usize).copied()
    }

    /// The occurrences of a chain, in their order.
    fn next(&self, chain: &mut Chain) -> Option<Occurrence> {
        let found = self.occurrence(chain.first)?;
        chain.first = if chain.first == chain.last { NONE } else { found.next };
        Some(found)
    }

    fn input(&self, occurrence: Occurrence) -> Input<'a> {
        Input::new(self.bytes).part(occurrence.start as usize..occurrence.end as usize)
    }

    fn last(&self, chain: Chain) -> Result<Input<'a>, ConvertError> {
        match self.occurrence(chain.last) {
            Some(occurrence) => Ok(self.input(occurrence)),
            None => Err(ConvertError("a value is not where it was".to_owned())),
        }
    }

    /// Notes where the values of a message's fields are: the place of its first chain.
    fn scan(&mut self, message: &Message, mut whole: Chain) -> Result<usize, ConvertError> {
        let (chains, members) = (self.scratch.chains.len(), self.scratch.members.len());
        self.scratch.chains.resize(chains + message.fields.len(), Chain::EMPTY);
        self.scratch.members.resize(members + message.oneofs, NONE);
        // A message that comes in parts is merged, which is the same as reading one part behind the other.
        while let Some(part) = self.next(&mut whole) {
            let mut input = self.input(part);
            while input.left() > 0 {
                let (number, wire) = input.tag()?;
                let (start, end) = input.pass(number, wire)?;
                let Some((place, field)) = message.place(number).and_then(|at| Some((at, message.fields.get(at)?)))
                else {
                    continue;
                };
                if !field.kind.accepts(wire) {
                    continue;
                }
                if let Some(oneof) = field.oneof {
                    self.set_member(chains, members + oneof, place);
                }
                self.note(chains + place, Occurrence { start: start as u32, end: end as u32, next: NONE, wire });
            }
        }
        Ok(chains)
    }

    /// Of a oneof the member that came last counts.
    fn set_member(&mut self, chains: usize, oneof: usize, place: usize) {
        let Some(member) = self.scratch.members.get_mut(oneof) else { return };
        let before = std::mem::replace(member, place as u32);
        if before != NONE
            && before != place as u32
            && let Some(chain) = self.scratch.chains.get_mut(chains + before as usize)
        {
            *chain = Chain::EMPTY;
        }
    }

    fn note(&mut self, chain: usize, occurrence: Occurrence) {
        let at = self.scratch.occurrences.len() as u32;
        self.scratch.occurrences.push(occurrence);
        let Some(chain) = self.scratch.chains.get_mut(chain) else { return };
        match self.scratch.occurrences.get_mut(chain.last as usize) {
            Some(last) if !chain.is_empty() => last.next = at,
            _ => chain.first = at,
        }
        chain.last = at;
    }

    fn chain(&self, at: usize) -> Chain {
        self.scratch.chains.get(at).copied().unwrap_or(Chain::EMPTY)
    }

    /// Appends the row of a message.
    fn message(
        &mut self,
        message: &Message,
        schema: &Schema,
        whole: Chain,
        buf: &mut Vec<u8>,
    ) -> Result<(), ConvertError> {
        let (members, occurrences) = (self.scratch.members.len(), self.scratch.occurrences.len());
        let chains = self.scan(message, whole)?;
        let mut row = RowWriter::structure(buf, schema)?;
        for place in &message.slots {
            match place {
                Place::Field(at) => {
                    if let Some(field) = message.fields.get(*at) {
                        self.field(field, self.chain(chains + at), &mut row)?;
                    }
                }
                Place::Union(range) => match range.clone().find(|at| !self.chain(chains + at).is_empty()) {
                    None => {
                        row.null()?;
                    }
                    Some(set) => {
                        row.nested(|schema, buf| {
                            let mut union = RowWriter::structure(buf, schema)?;
                            for at in range.clone() {
                                match message.fields.get(at) {
                                    Some(field) if at == set => {
                                        self.field(field, self.chain(chains + at), &mut union)?
                                    }
                                    _ => {
                                        union.null()?;
                                    }
                                }
                            }
                            Ok::<_, ConvertError>(union.finish()?)
                        })?;
                    }
                },
            }
        }
        row.finish()?;
        self.scratch.chains.truncate(chains);
        self.scratch.members.truncate(members);
        self.scratch.occurrences.truncate(occurrences);
        Ok(())
    }

    fn field(&mut self, field: &Field, chain: Chain, row: &mut RowWriter<'_>) -> Result<(), ConvertError> {
        let written = match &field.absent {
            Absent::Null if chain.is_empty() => row.null().map(|_| ()).map_err(ConvertError::from),
            Absent::Default(scalar) if chain.is_empty() => put(row, scalar),
            _ => self.value(&field.kind, chain, row),
        };
        written.map_err(|ConvertError(why)| ConvertError(format!("field {}: {why}", field.name)))
    }

    /// Writes the next slot; no occurrence at all is a message without fields, or a list without items.
    fn value(&mut self, kind: &Kind, chain: Chain, row: &mut RowWriter<'_>) -> Result<(), ConvertError> {
        match kind {
            Kind::Scalar(encoding) => put(row, &self.last(chain)?.scalar(*encoding)?),
            Kind::Symbol(symbols) => put(row, &symbol(symbols, &mut self.last(chain)?)?),
            Kind::Wrapper(encoding) => put(row, &self.wrapped(*encoding, chain)?),
            Kind::Logical(logical, scale) => put(row, &self.logical(*logical, *scale, chain)?),
            Kind::Message(message) => {
                row.nested(|schema, buf| self.message(message, schema, chain, buf))?;
                Ok(())
            }
            Kind::Repeated(item) => {
                let count = self.count(item, chain)?;
                row.nested(|schema, buf| {
                    let mut items = RowWriter::array(buf, schema, count)?;
                    self.items(item, chain, &mut items)?;
                    Ok::<_, ConvertError>(items.finish()?)
                })?;
                Ok(())
            }
            Kind::Map(entry) => {
                row.nested(|schema, buf| self.map(entry, schema, chain, buf))?;
                Ok(())
            }
        }
    }

    /// What is in a wrapper.
    fn wrapped(&self, encoding: Encoding, mut chain: Chain) -> Result<Scalar<'a>, ConvertError> {
        let mut found = encoding.zero();
        while let Some(part) = self.next(&mut chain) {
            let mut input = self.input(part);
            while input.left() > 0 {
                let (number, wire) = input.tag()?;
                let (start, end) = input.pass(number, wire)?;
                if number == 1 && wire == encoding.wire() {
                    found = Input::new(self.bytes).part(start..end).scalar(encoding)?;
                }
            }
        }
        Ok(found)
    }

    fn logical(&self, logical: Logical, scale: i32, mut chain: Chain) -> Result<Scalar<'a>, ConvertError> {
        let mut parts = Parts::default();
        while let Some(part) = self.next(&mut chain) {
            parts.merge(self.input(part), self.bytes)?;
        }
        match logical {
            Logical::Decimal => parts.decimal(scale).map(Scalar::Bytes),
            logical => parts.number(logical).map(Scalar::Int),
        }
    }

    /// How many items there are, of which many may be in one occurrence.
    fn count(&self, item: &Kind, mut chain: Chain) -> Result<usize, ConvertError> {
        let mut count = 0;
        while let Some(occurrence) = self.next(&mut chain) {
            match item.packed().filter(|_| occurrence.wire == WireType::Delimited) {
                None => count += 1,
                Some(encoding) => {
                    let mut input = self.input(occurrence);
                    while input.left() > 0 {
                        input.pass(0, encoding.wire())?;
                        count += 1;
                    }
                }
            }
        }
        Ok(count)
    }

    fn items(&mut self, item: &Kind, mut chain: Chain, row: &mut RowWriter<'_>) -> Result<(), ConvertError> {
        loop {
            let at = chain.first;
            let Some(occurrence) = self.next(&mut chain) else { return Ok(()) };
            match item.packed().filter(|_| occurrence.wire == WireType::Delimited) {
                None => self.value(item, Chain { first: at, last: at }, row)?,
                Some(encoding) => {
                    let mut input = self.input(occurrence);
                    while input.left() > 0 {
                        match item {
                            Kind::Symbol(symbols) => put(row, &symbol(symbols, &mut input)?)?,
                            _ => put(row, &input.scalar(encoding)?)?,
                        }
                    }
                }
            }
        }
    }

    /// Appends the row of a map. Of two entries with one key the last one counts, at the place of the first.
    fn map(
        &mut self,
        entry: &Message,
        schema: &Schema,
        mut chain: Chain,
        buf: &mut Vec<u8>,
    ) -> Result<(), ConvertError> {
        let [key, value] = entry.fields.as_slice() else {
            return Err(ConvertError("a map's entries have a key and a value".to_owned()));
        };
        let (base, occurrences) = (self.scratch.chains.len(), self.scratch.occurrences.len());
        // Where the chains of each entry are.
        let mut entries: Vec<usize> = Vec::new();
        let mut places: HashMap<Key<'a>, usize> = HashMap::new();
        while !chain.is_empty() {
            let at = chain.first;
            self.next(&mut chain);
            let chains = self.scan(entry, Chain { first: at, last: at })?;
            match self.key(key, self.chain(chains))? {
                Some(found) => {
                    let place = *places.entry(found).or_insert(entries.len());
                    match entries.get_mut(place) {
                        Some(before) => *before = chains,
                        None => entries.push(chains),
                    }
                }
                None => entries.push(chains),
            }
        }
        let mut row = RowWriter::map(buf, schema, entries.len())?;
        for chains in &entries {
            self.field(key, self.chain(*chains), &mut row)?;
        }
        for chains in &entries {
            self.field(value, self.chain(chains + 1), &mut row)?;
        }
        row.finish()?;
        self.scratch.chains.truncate(base);
        self.scratch.occurrences.truncate(occurrences);
        Ok(())
    }

    /// A key that can be compared; none: every one is another.
    fn key(&self, field: &Field, chain: Chain) -> Result<Option<Key<'a>>, ConvertError> {
        let Kind::Scalar(encoding) = &field.kind else { return Ok(None) };
        let key = if chain.is_empty() { encoding.zero() } else { self.last(chain)?.scalar(*encoding)? };
        Ok(match key {
            Scalar::Int(key) => Some(Key::Int(key)),
            Scalar::Bool(key) => Some(Key::Int(i64::from(key))),
            Scalar::Text(key) => Some(Key::Text(key)),
            Scalar::Float(_) | Scalar::Double(_) | Scalar::Bytes(_) => None,
        })
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Int(i64),
    Text(Cow<'a, str>),
}

fn symbol<'p>(symbols: &'p Symbols, input: &mut Input<'_>) -> Result<Scalar<'p>, ConvertError> {
    match input.scalar(Encoding::Int32)? {
        Scalar::Int(number) => Ok(Scalar::Text(symbols.name(number))),
        _ => Err(ConvertError("a symbol is no number".to_owned())),
    }
}

/// Writes the next slot.
#[inline]
fn put(row: &mut RowWriter<'_>, scalar: &Scalar<'_>) -> Result<(), ConvertError> {
    match scalar {
        Scalar::Int(value) => match row.next_schema().map(Schema::ty) {
            Some(Type::Int8) => row.int8(*value as i8)?,
            Some(Type::Int16) => row.int16(*value as i16)?,
            Some(Type::Int32) => row.int32(*value as i32)?,
            _ => row.int64(*value)?,
        },
        Scalar::Bool(value) => row.boolean(*value)?,
        Scalar::Float(value) => row.float32(*value)?,
        Scalar::Double(value) => row.float64(*value)?,
        Scalar::Text(value) => row.string(value)?,
        Scalar::Bytes(value) => row.bytes(value)?,
    };
    Ok(())
}

/// Appends the row of a value that is alone.
fn append(buf: &mut Vec<u8>, ty: Type, scalar: &Scalar<'_>) -> Result<(), ConvertError> {
    match scalar {
        Scalar::Int(value) if ty == Type::Int32 => buf.extend_from_slice(&(*value as i32).to_le_bytes()),
        Scalar::Int(value) => buf.extend_from_slice(&value.to_le_bytes()),
        Scalar::Bool(value) => buf.push(u8::from(*value)),
        Scalar::Float(value) => buf.extend_from_slice(&value.to_le_bytes()),
        Scalar::Double(value) => buf.extend_from_slice(&value.to_le_bytes()),
        Scalar::Text(value) => buf.extend_from_slice(value.as_bytes()),
        Scalar::Bytes(value) => buf.extend_from_slice(value),
    }
    Ok(())
}
