//! `wasi:filesystem` over the grants: of a file nothing but that file, of a directory what is under it, of anything else
//! "not permitted" whether it exists or not.
//!
//! wasmtime's own preopens open whole directories, so they stay empty and every call that takes a path is answered here.
//! Calls on an open descriptor are wasmtime's, except streams (see [`super::streams`]) and what would wait for a disk. What asks for
//! metadata runs inline: it is cheaper than to make room for others meanwhile, and what follows a file asks again and again.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use cap_std::fs::{Metadata, OpenOptions};
use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, Dir, File, FsPerms, OpenMode, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream, ErrorCode,
    Filesize, HostDescriptor, HostDirectoryEntryStream, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types::Host};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

use super::paths::{GrantedPaths, Hit, Target, join};
use super::streams::{FileReader, FileWriter, WriteFrom, blocking};
use crate::config::keys::limits::OPEN_FILES_MAX;
use crate::plugin::component::quota::{Quota, QuotaPermit};
use crate::plugin::component::state::State;
use crate::plugin::sandbox::PathGrant;

/// What the log shows of a guest's path.
const MAX_SHOWN_BYTES: usize = 256;

type Fd = Resource<Descriptor>;

/// What one instance was granted, and what it has open.
pub struct Files {
    granted: GrantedPaths,
    /// The guest's path of each open directory descriptor, by its number in the resource table.
    directories: HashMap<u32, String>,
    /// The permits of open descriptors, by their number in the resource table.
    permits: HashMap<u32, Arc<QuotaPermit>>,
    /// Descriptors are the worker's, and shared by all.
    open: Quota,
}

impl Files {
    /// `open_max`: files and directories that may be open at a time.
    pub fn new(grants: &[PathGrant], open_max: usize) -> Self {
        Self {
            granted: GrantedPaths::new(grants),
            directories: HashMap::new(),
            permits: HashMap::new(),
            open: Quota::new(OPEN_FILES_MAX, open_max),
        }
    }

    /// The files that were granted by name.
    pub fn granted_files(&self) -> Vec<Target> {
        self.granted.files()
    }
}

/// Adds the filtered interfaces in place of wasmtime's, which must be there already.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    preopens::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    types::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    linker.allow_shadowing(false);
    Ok(())
}

impl State {
    fn find(&self, fd: &Fd, path: &str) -> Hit {
        match self.files.directories.get(&fd.rep()) {
            Some(base) => self.files.granted.find(base, path),
            None => Hit::No,
        }
    }

    /// Something in a granted directory that may be written.
    fn find_writable(&self, fd: &Fd, path: &str) -> FsResult<Target> {
        match self.find(fd, path) {
            Hit::Granted(target) if target.write && target.in_directory && !target.is_grant => Ok(target),
            _ => Err(self.refuse("change", path)),
        }
    }

    /// Tells what was refused; the path is the guest's text, which must not look like a line of the log.
    fn refuse(&self, what: &str, path: &str) -> FsError {
        let shown = &path[..path.floor_char_boundary(MAX_SHOWN_BYTES)];
        self.denials.deny(format_args!("{what} {shown:?}"), "the connector's configuration does not grant it");
        ErrorCode::NotPermitted.into()
    }

    /// Given back when descriptor and streams are gone.
    fn permit_to_open(&self) -> FsResult<Arc<QuotaPermit>> {
        self.files.open.take().map(Arc::new).ok_or_else(|| {
            self.denials.warn(format_args!("the plugin asked for more open files than {}", self.files.open));
            ErrorCode::InsufficientMemory.into()
        })
    }

    fn push_file(&mut self, file: std::fs::File, write: bool, mode: OpenMode) -> FsResult<Fd> {
        let permit = self.permit_to_open()?;
        let perms = if write { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
        // Calls on it that wasmtime answers (stat, advise, pread) run inline.
        let fd = self.table.push(Descriptor::File(File::new(file, perms, mode, true)))?;
        self.files.permits.insert(fd.rep(), permit);
        Ok(fd)
    }

    fn push_directory(&mut self, directory: std::fs::File, path: String) -> FsResult<Fd> {
        let permit = self.permit_to_open()?;
        // Read only whatever the grant: changes go by path, through this module.
        let fd = self.table.push(Descriptor::Dir(Dir::new(directory, FsPerms::ReadOnly, OpenMode::READ, true)))?;
        self.files.permits.insert(fd.rep(), permit);
        self.files.directories.insert(fd.rep(), path);
        Ok(fd)
    }

    /// The open file behind a descriptor, with its permit.
    fn open_file(&self, fd: &Fd) -> FsResult<(&File, Arc<QuotaPermit>)> {
        match (self.table.get(fd)?, self.files.permits.get(&fd.rep())) {
            (Descriptor::File(file), Some(permit)) => Ok((file, permit.clone())),
            (Descriptor::Dir(_), _) => Err(ErrorCode::IsDirectory.into()),
            (_, None) => Err(ErrorCode::BadDescriptor.into()),
        }
    }

    fn writable_file(&self, fd: &Fd) -> FsResult<(Arc<std::fs::File>, Arc<QuotaPermit>)> {
        let (file, permit) = self.open_file(fd)?;
        if file.perms.write_not_permitted() {
            Err(ErrorCode::NotPermitted.into())
        } else {
            Ok((file.file.clone(), permit))
        }
    }

    /// Whether the descriptor is the `/` that is backed by nothing.
    fn is_placeholder(&self, fd: &Fd) -> bool {
        self.files.directories.get(&fd.rep()).is_some_and(String::is_empty)
            && !self.files.permits.contains_key(&fd.rep())
    }
}

/// The directory that stands for `/`: not even one, so that a call that is not filtered fails. Shared by all instances.
fn placeholder() -> io::Result<Dir> {
    static PLACEHOLDER: OnceLock<Dir> = OnceLock::new();
    if let Some(directory) = PLACEHOLDER.get() {
        return Ok(directory.clone());
    }
    let directory = Dir::new(std::fs::File::open("/dev/null")?, FsPerms::ReadOnly, OpenMode::READ, true);
    Ok(PLACEHOLDER.get_or_init(|| directory).clone())
}

impl preopens::Host for State {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Fd, String)>> {
        let fd = self.table.push(Descriptor::Dir(placeholder()?))?;
        self.files.directories.insert(fd.rep(), String::new());
        Ok(vec![(fd, "/".into())])
    }
}

impl Host for State {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.filesystem().convert_error_code(error)
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        self.filesystem().filesystem_error_code(error)
    }
}

/// Answered by wasmtime: calls on an open descriptor.
macro_rules! pass {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => { $(
        async fn $name(&mut self, $($arg: $ty),*) -> $result {
            HostDescriptor::$name(&mut self.filesystem(), $($arg),*).await
        }
    )* };
}

impl HostDescriptor for State {
    pass! {
        advise(fd: Fd, offset: Filesize, len: Filesize, advice: Advice) -> FsResult<()>;
        get_flags(fd: Fd) -> FsResult<DescriptorFlags>;
        get_type(fd: Fd) -> FsResult<DescriptorType>;
        set_size(fd: Fd, size: Filesize) -> FsResult<()>;
        set_times(fd: Fd, accessed: NewTimestamp, modified: NewTimestamp) -> FsResult<()>;
        read(fd: Fd, len: Filesize, offset: Filesize) -> FsResult<(Vec<u8>, bool)>;
        write(fd: Fd, bytes: Vec<u8>, offset: Filesize) -> FsResult<Filesize>;
        is_same_object(a: Fd, b: Fd) -> wasmtime::Result<bool>;
    }

    async fn open_at(
        &mut self,
        fd: Fd,
        _follow: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Fd> {
        let Hit::Granted(target) = self.find(&fd, &path) else {
            return Err(self.refuse("open", &path));
        };
        let sync = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        if flags.intersects(sync) {
            return Err(ErrorCode::Unsupported.into());
        }
        // `MUTATE_DIRECTORY` comes with every open for writing and means nothing for a file.
        let write = flags.contains(DescriptorFlags::WRITE)
            || open.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::EXCLUSIVE);
        if write && !target.write {
            return Err(self.refuse("write", &path));
        }
        if open.contains(OpenFlags::DIRECTORY) || (target.in_directory && target.is_grant) {
            if !target.in_directory {
                return Err(ErrorCode::NotPermitted.into());
            }
            if write {
                return Err(ErrorCode::IsDirectory.into());
            }
            let directory = blocking(|| target.open_directory())?;
            return self.push_granted_directory(&fd, &path, directory);
        }
        let read = flags.contains(DescriptorFlags::READ) || !write;
        let mut options = OpenOptions::new();
        options.read(read).write(write).truncate(open.contains(OpenFlags::TRUNCATE));
        if open.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE) {
            options.create_new(true);
        } else {
            options.create(open.contains(OpenFlags::CREATE));
        }
        let (file, is_directory) = blocking(|| {
            let file = target.open(&mut options)?;
            let is_directory = file.metadata()?.is_dir();
            Ok::<_, io::Error>((file, is_directory))
        })?;
        if is_directory {
            return self.push_granted_directory(&fd, &path, file);
        }
        let mut mode = OpenMode::empty();
        mode.set(OpenMode::READ, read);
        mode.set(OpenMode::WRITE, write);
        self.push_file(file, target.write, mode)
    }

    async fn stat_at(&mut self, fd: Fd, follow: PathFlags, path: String) -> FsResult<DescriptorStat> {
        match self.find(&fd, &path) {
            Hit::Granted(target) => {
                let metadata = target.metadata()?;
                if metadata.is_symlink() && follow.contains(PathFlags::SYMLINK_FOLLOW) {
                    return Err(ErrorCode::Loop.into());
                }
                Ok(descriptor_stat(&metadata))
            }
            Hit::Ancestor => Ok(synthetic_directory()),
            Hit::No => Err(ErrorCode::NotPermitted.into()),
        }
    }

    async fn stat(&mut self, fd: Fd) -> FsResult<DescriptorStat> {
        if self.is_placeholder(&fd) {
            return Ok(synthetic_directory());
        }
        HostDescriptor::stat(&mut self.filesystem(), fd).await
    }

    async fn metadata_hash_at(&mut self, fd: Fd, _follow: PathFlags, path: String) -> FsResult<MetadataHashValue> {
        match self.find(&fd, &path) {
            Hit::Granted(target) => {
                use cap_std::fs::MetadataExt;
                let metadata = target.metadata()?;
                Ok(identity_hash((metadata.dev(), metadata.ino())))
            }
            Hit::Ancestor => Ok(identity_hash(path.trim_matches('/'))),
            Hit::No => Err(ErrorCode::NotPermitted.into()),
        }
    }

    async fn metadata_hash(&mut self, fd: Fd) -> FsResult<MetadataHashValue> {
        if self.is_placeholder(&fd) {
            return Ok(identity_hash(""));
        }
        let file = match self.table.get(&fd)? {
            Descriptor::File(file) => &file.file,
            Descriptor::Dir(directory) => &directory.dir,
        };
        let metadata = file.metadata()?;
        Ok(identity_hash((metadata.dev(), metadata.ino())))
    }

    /// There are no links that a guest could read: what it named is something else.
    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        match self.find(&fd, &path) {
            Hit::Granted(_) | Hit::Ancestor => Err(ErrorCode::Invalid.into()),
            Hit::No => Err(ErrorCode::NotPermitted.into()),
        }
    }

    async fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        match self.find(&fd, &path) {
            Hit::Granted(target) if target.in_directory && target.write => Ok(blocking(|| target.create_directory())?),
            Hit::Granted(target) if target.in_directory && !target.is_grant => Err(ErrorCode::NotPermitted.into()),
            // So that a guest may make sure of the directories of its file.
            Hit::Granted(_) | Hit::Ancestor => Err(ErrorCode::Exist.into()),
            Hit::No => Err(ErrorCode::NotPermitted.into()),
        }
    }

    async fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let target = self.find_writable(&fd, &path)?;
        Ok(blocking(|| target.remove_directory())?)
    }

    async fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let target = self.find_writable(&fd, &path)?;
        Ok(blocking(|| target.remove_file())?)
    }

    async fn rename_at(&mut self, fd: Fd, path: String, new_fd: Fd, new_path: String) -> FsResult<()> {
        let from = self.find_writable(&fd, &path)?;
        let to = self.find_writable(&new_fd, &new_path)?;
        Ok(blocking(|| from.rename(&to))?)
    }

    /// Another name for a file would be a grant of its own, whatever the allowlist says.
    async fn link_at(&mut self, _: Fd, _: PathFlags, path: String, _: Fd, _: String) -> FsResult<()> {
        Err(self.refuse("link", &path))
    }

    async fn symlink_at(&mut self, _: Fd, path: String, _: String) -> FsResult<()> {
        Err(self.refuse("link", &path))
    }

    async fn set_times_at(&mut self, _: Fd, _: PathFlags, _: String, _: NewTimestamp, _: NewTimestamp) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<DirectoryEntryStream>> {
        if self.is_placeholder(&fd) {
            return Err(ErrorCode::NotPermitted.into());
        }
        HostDescriptor::read_directory(&mut self.filesystem(), fd).await
    }

    async fn sync(&mut self, fd: Fd) -> FsResult<()> {
        let (file, _) = self.open_file(&fd)?;
        Ok(blocking(|| file.file.sync_all())?)
    }

    async fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        let (file, _) = self.open_file(&fd)?;
        Ok(blocking(|| file.file.sync_data())?)
    }

    fn read_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynInputStream>> {
        let (file, permit) = self.open_file(&fd)?;
        let reader: DynInputStream = Box::new(FileReader::new(file.file.clone(), offset, permit));
        Ok(self.table.push(reader)?)
    }

    fn write_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynOutputStream>> {
        let (file, permit) = self.writable_file(&fd)?;
        let writer: DynOutputStream = Box::new(FileWriter::new(file, WriteFrom::Position(offset), permit));
        Ok(self.table.push(writer)?)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        let (file, permit) = self.writable_file(&fd)?;
        let writer: DynOutputStream = Box::new(FileWriter::new(file, WriteFrom::End, permit));
        Ok(self.table.push(writer)?)
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        self.files.directories.remove(&fd.rep());
        self.files.permits.remove(&fd.rep());
        self.table.delete(fd)?;
        Ok(())
    }
}

impl State {
    fn push_granted_directory(&mut self, base: &Fd, path: &str, directory: std::fs::File) -> FsResult<Fd> {
        let base = self.files.directories.get(&base.rep()).map_or("", String::as_str);
        // `find` has accepted the path, so it joins.
        let path = join(base, path).ok_or(ErrorCode::NotPermitted)?;
        self.push_directory(directory, path)
    }
}

impl HostDirectoryEntryStream for State {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        self.filesystem().read_directory_entry(stream).await
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        HostDirectoryEntryStream::drop(&mut self.filesystem(), stream)
    }
}

/// What a guest learns of a directory that it cannot open.
fn synthetic_directory() -> DescriptorStat {
    DescriptorStat {
        type_: DescriptorType::Directory,
        link_count: 1,
        size: 0,
        data_access_timestamp: None,
        data_modification_timestamp: None,
        status_change_timestamp: None,
    }
}

fn descriptor_stat(metadata: &Metadata) -> DescriptorStat {
    use cap_std::fs::MetadataExt;
    let time = |time: io::Result<cap_std::time::SystemTime>| time.ok().and_then(|time| datetime(time.into_std()));
    DescriptorStat {
        type_: if metadata.is_dir() {
            DescriptorType::Directory
        } else if metadata.is_symlink() {
            DescriptorType::SymbolicLink
        } else if metadata.is_file() {
            DescriptorType::RegularFile
        } else {
            DescriptorType::Unknown
        },
        link_count: metadata.nlink(),
        size: metadata.len(),
        data_access_timestamp: time(metadata.accessed()),
        data_modification_timestamp: time(metadata.modified()),
        status_change_timestamp: time(metadata.created()),
    }
}

/// None before 1970, which WASI cannot say.
fn datetime(time: SystemTime) -> Option<Datetime> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Datetime { seconds: since.as_secs(), nanoseconds: since.subsec_nanos() })
}

/// Equal for equal files, and no more than that.
fn identity_hash(identity: impl std::hash::Hash) -> MetadataHashValue {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    let lower = hasher.finish();
    hasher.write_u8(1);
    MetadataHashValue { lower, upper: hasher.finish() }
}
