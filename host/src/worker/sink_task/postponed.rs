//! Messages of a poll that wait until what a converter lacks was looked up.

use std::ops::Range;

use crate::connect::{PartitionOffset, TopicPartition};
use crate::kafka::ports::Message;

/// Copies of the messages from the first that could not be converted on, in the order in which they came. There are none but for a
/// short while when a new schema is met.
#[derive(Default)]
pub struct Postponed {
    arena: Vec<u8>,
    topics: Vec<String>,
    headers: Vec<(String, InArena)>,
    records: Vec<PostponedRecord>,
    /// Records that are not postponed any more.
    taken: usize,
}

/// Name and value.
type Header<'a> = (&'a str, Option<&'a [u8]>);

/// Where bytes stand; none: null.
type InArena = Option<Range<usize>>;

struct PostponedRecord {
    /// Into `topics`.
    topic: usize,
    partition: i32,
    offset: i64,
    timestamp: Option<(i64, bool)>,
    key: InArena,
    value: InArena,
    headers: Range<usize>,
}

impl Postponed {
    pub fn is_empty(&self) -> bool {
        self.taken == self.records.len()
    }

    /// Copies a message, to be given back after those before it.
    pub fn push(&mut self, message: &Message<'_>, headers: &[(&str, Option<&[u8]>)]) {
        let topic = match self.topics.iter().rposition(|topic| topic == message.topic) {
            Some(known) => known,
            None => {
                self.topics.push(message.topic.to_owned());
                self.topics.len() - 1
            }
        };
        let first_header = self.headers.len();
        for (name, value) in headers {
            let value = append(&mut self.arena, *value);
            self.headers.push(((*name).to_owned(), value));
        }
        let (key, value) = (append(&mut self.arena, message.key), append(&mut self.arena, message.value));
        self.records.push(PostponedRecord {
            topic,
            partition: message.partition,
            offset: message.offset,
            timestamp: message.timestamp,
            key,
            value,
            headers: first_header..self.headers.len(),
        });
    }

    /// The first that is left, as it came.
    pub fn first(&self) -> Option<(Message<'_>, Vec<Header<'_>>)> {
        let record = self.records.get(self.taken)?;
        let bytes = |at: &InArena| at.clone().and_then(|at| self.arena.get(at));
        let headers = self.headers.get(record.headers.clone()).unwrap_or_default();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), bytes(value))).collect();
        let message = Message {
            topic: self.topics.get(record.topic).map_or("", String::as_str),
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key: bytes(&record.key),
            value: bytes(&record.value),
            headers: 0..headers.len(),
        };
        Some((message, headers))
    }

    /// The first that is left is not postponed any more; when none is left, the memory is given back.
    pub fn pop(&mut self) {
        self.taken += 1;
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// Gives all up: the offset of the first of each partition.
    pub fn discard(&mut self) -> Vec<PartitionOffset> {
        let mut first: Vec<PartitionOffset> = Vec::new();
        let gone = std::mem::take(self);
        for record in gone.records.get(gone.taken..).unwrap_or_default() {
            let topic = gone.topics.get(record.topic).map_or("", String::as_str);
            let is = |to: &PartitionOffset| to.partition.partition == record.partition && &*to.partition.topic == topic;
            if !first.iter().any(is) {
                let partition = TopicPartition { topic: topic.into(), partition: record.partition };
                first.push(PartitionOffset { partition, offset: record.offset });
            }
        }
        first
    }
}

fn append(arena: &mut Vec<u8>, bytes: Option<&[u8]>) -> InArena {
    let bytes = bytes?;
    let start = arena.len();
    arena.extend_from_slice(bytes);
    Some(start..arena.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<'a>(partition: i32, offset: i64, value: Option<&'a [u8]>) -> Message<'a> {
        Message { topic: "t", partition, offset, timestamp: Some((7, true)), key: Some(b"k"), value, headers: 0..1 }
    }

    #[test]
    fn messages_come_back_as_they_came() {
        let mut postponed = Postponed::default();
        postponed.push(&message(0, 5, Some(b"v")), &[("h", Some(b"x")), ("n", None)]);
        postponed.push(&message(1, 9, None), &[]);
        let (first, headers) = postponed.first().unwrap();
        assert_eq!((first.topic, first.partition, first.offset, first.timestamp), ("t", 0, 5, Some((7, true))));
        assert_eq!((first.key, first.value), (Some(b"k".as_slice()), Some(b"v".as_slice())));
        assert_eq!(headers, [("h", Some(b"x".as_slice())), ("n", None)]);
        postponed.pop();
        assert_eq!(postponed.first().unwrap().0.value, None);
        postponed.pop();
        assert!(postponed.is_empty() && postponed.first().is_none());
    }

    #[test]
    fn what_is_given_up_is_read_again_from_its_first_message() {
        let mut postponed = Postponed::default();
        for (partition, offset) in [(0, 5), (0, 6), (1, 9), (0, 7)] {
            postponed.push(&message(partition, offset, None), &[]);
        }
        postponed.pop();
        let of =
            |partition, offset| PartitionOffset { partition: TopicPartition { topic: "t".into(), partition }, offset };
        assert_eq!(postponed.discard(), [of(0, 6), of(1, 9)]);
        assert!(postponed.is_empty());
    }
}
