//! The strings of a batch that is being written, each once.

use std::collections::HashMap;

/// A string of the batch that is being written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StringId(pub(crate) u32);

impl StringId {
    /// Its index in [`crate::Batch::strings`] once the batch is read.
    pub fn index(self) -> u32 {
        self.0
    }
}

/// So many strings are compared one by one before the map is asked.
const FEW: usize = 8;

#[derive(Default)]
pub(crate) struct StringTable {
    ends: Vec<u32>,
    bytes: Vec<u8>,
    /// Only those behind the first few.
    ids: HashMap<Box<str>, u32>,
}

impl StringTable {
    #[inline]
    pub(crate) fn intern(&mut self, string: &str) -> StringId {
        let mut start = 0;
        for (i, &end) in self.ends.iter().take(FEW).enumerate() {
            if &self.bytes[start..end as usize] == string.as_bytes() {
                return StringId(i as u32);
            }
            start = end as usize;
        }
        self.find_or_add(string)
    }

    fn find_or_add(&mut self, string: &str) -> StringId {
        if let Some(&id) = self.ids.get(string) {
            return StringId(id);
        }
        let id = self.ends.len() as u32;
        self.bytes.extend_from_slice(string.as_bytes());
        self.ends.push(self.bytes.len() as u32);
        if id as usize >= FEW {
            self.ids.insert(string.into(), id);
        }
        StringId(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        4 + 4 * self.ends.len() + self.bytes.len()
    }

    pub(crate) fn write(&self, batch: &mut Vec<u8>) {
        batch.extend_from_slice(&(self.ends.len() as u32).to_le_bytes());
        batch.extend(self.ends.iter().flat_map(|end| end.to_le_bytes()));
        batch.extend_from_slice(&self.bytes);
    }

    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
        self.ids.clear();
    }
}
