//! Little-endian reading of bytes that nobody has checked yet.

/// Why bytes could not be read; the caller adds where.
pub(crate) type What = String;

#[inline]
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

/// `bytes` as text, or what is wrong with it.
#[inline]
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, What> {
    std::str::from_utf8(bytes).map_err(|_| "string is not valid UTF-8".to_owned())
}

/// `bytes` as exactly `N` bytes.
#[inline]
pub(crate) fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], What> {
    <[u8; N]>::try_from(bytes).map_err(|_| format!("has {} bytes instead of {N}", bytes.len()))
}

/// Reads on and on; each read says what it wanted if the bytes end.
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Cursor { rest: bytes }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(crate) fn take(&mut self, count: usize, noun: &str) -> Result<&'a [u8], What> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(self.short(noun, count));
        };
        self.rest = rest;
        Ok(taken)
    }

    #[cold]
    fn short(&self, noun: &str, count: usize) -> What {
        format!("{noun} wants {count} bytes, {} are left", self.rest.len())
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self, noun: &str) -> Result<[u8; N], What> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return Err(self.short(noun, N));
        };
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self, noun: &str) -> Result<u8, What> {
        self.array::<1>(noun).map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self, noun: &str) -> Result<u32, What> {
        self.array(noun).map(u32::from_le_bytes)
    }

    /// A u32 length and that many bytes of UTF-8.
    pub(crate) fn text(&mut self, noun: &str) -> Result<&'a str, What> {
        let length = self.u32(noun)?;
        utf8(self.take(length as usize, noun)?).map_err(|what| format!("{noun}: {what}"))
    }

    /// A u32 count of things that take at least `least` bytes each, so that nothing is allocated for a lie.
    pub(crate) fn count(&mut self, least: usize, noun: &str) -> Result<usize, What> {
        let count = self.u32(noun)? as usize;
        if count > self.rest.len() / least {
            return Err(format!("{noun} {count} does not fit into the {} bytes that are left", self.rest.len()));
        }
        Ok(count)
    }
}
