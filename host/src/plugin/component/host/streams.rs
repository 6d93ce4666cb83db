//! File streams that a follower of a growing file can use: the end of the file is an answer, not a state, and a write is done when
//! it returns.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use tokio::runtime::{Handle, RuntimeFlavor};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use crate::plugin::component::quota::QuotaPermit;

/// The most that one read brings, however much the guest asks for: its buffer is the host's memory.
const MAX_READ_BYTES: usize = 256 * 1024;

/// The most that a guest may write in one call.
const MAX_WRITE_BYTES: usize = 1024 * 1024;

/// Lets the calling thread block where the runtime can spare it.
pub fn blocking<R>(work: impl FnOnce() -> R) -> R {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Reads a file from a position on.
pub struct FileReader {
    file: Arc<File>,
    position: u64,
    /// The file is open as long as one of its streams.
    _permit: Arc<QuotaPermit>,
}

impl FileReader {
    pub fn new(file: Arc<File>, position: u64, permit: Arc<QuotaPermit>) -> Self {
        Self { file, position, _permit: permit }
    }

    fn read_some(&mut self, size: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; size.min(MAX_READ_BYTES)];
        let count = loop {
            let read = match raw::read_cached(&self.file, &mut buffer, self.position) {
                Some(read) => read,
                None => blocking(|| self.file.read_at(&mut buffer, self.position)),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        buffer.truncate(count);
        self.position += count as u64;
        Ok(buffer)
    }
}

#[wasmtime_wasi::async_trait]
impl InputStream for FileReader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        match self.read_some(size) {
            // Not latched: the file may have grown when the guest asks again.
            Ok(bytes) if bytes.is_empty() => Err(StreamError::Closed),
            Ok(bytes) => Ok(bytes.into()),
            Err(error) => Err(StreamError::LastOperationFailed(error.into())),
        }
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.read(size)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for FileReader {
    async fn ready(&mut self) {}
}

/// Where the next bytes go.
#[derive(Clone, Copy)]
pub enum WriteFrom {
    Position(u64),
    End,
}

/// Writes a file.
pub struct FileWriter {
    file: Arc<File>,
    from: WriteFrom,
    _permit: Arc<QuotaPermit>,
}

impl FileWriter {
    pub fn new(file: Arc<File>, from: WriteFrom, permit: Arc<QuotaPermit>) -> Self {
        Self { file, from, _permit: permit }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        blocking(|| match &mut self.from {
            WriteFrom::End => raw::append_all(&self.file, bytes),
            WriteFrom::Position(position) => {
                self.file.write_all_at(bytes, *position)?;
                *position += bytes.len() as u64;
                Ok(())
            }
        })
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for FileWriter {
    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE_BYTES)
    }

    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.write_all(&bytes).map_err(|error| StreamError::LastOperationFailed(error.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for FileWriter {
    async fn ready(&mut self) {}
}

/// Two system calls that the standard library does not have.
mod raw {
    use std::fs::File;
    use std::io;

    /// Reads what the page cache holds; none: the read would wait for the disk, or the file system cannot tell.
    #[cfg(target_os = "linux")]
    pub fn read_cached(file: &File, buffer: &mut [u8], position: u64) -> Option<io::Result<usize>> {
        use std::os::fd::AsRawFd;
        let part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        let position = libc::off_t::try_from(position).ok()?;
        // SAFETY: `part` describes `buffer`, which is exclusively borrowed for the call and may be written in all its length; the
        // descriptor is open while `file` is borrowed.
        let count = unsafe { libc::preadv2(file.as_raw_fd(), &raw const part, 1, position, libc::RWF_NOWAIT) };
        match usize::try_from(count) {
            Ok(count) => Some(Ok(count)),
            Err(_) => match io::Error::last_os_error() {
                error if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EOPNOTSUPP | libc::ENOSYS)) => None,
                error => Some(Err(error)),
            },
        }
    }

    /// Elsewhere every read may wait.
    #[cfg(not(target_os = "linux"))]
    pub fn read_cached(_file: &File, _buffer: &mut [u8], _position: u64) -> Option<io::Result<usize>> {
        None
    }

    /// Writes at the end of the file, wherever that is at that moment: another process may append too.
    #[cfg(target_os = "linux")]
    pub fn append_all(file: &File, mut bytes: &[u8]) -> io::Result<()> {
        use std::os::fd::AsRawFd;
        while !bytes.is_empty() {
            let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
            // SAFETY: `part` describes `bytes`, which the call only reads; the descriptor is open while `file` is borrowed.
            let count = unsafe { libc::pwritev2(file.as_raw_fd(), &raw const part, 1, 0, libc::RWF_APPEND) };
            match usize::try_from(count) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(_) => match io::Error::last_os_error() {
                    error if error.kind() == io::ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Elsewhere at the end that the file has now.
    #[cfg(not(target_os = "linux"))]
    pub fn append_all(file: &File, bytes: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::FileExt;
        file.write_all_at(bytes, file.metadata()?.len())
    }
}
