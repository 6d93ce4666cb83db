//! The filesystem as a guest sees it, asked through the interface that guests call.

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::preopens::Host as _;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorType, ErrorCode, HostDescriptor, HostDirectoryEntryStream, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{FsResult, StreamError};

use super::host::Outbound;
use super::host::http::Tls;
use super::host::resolver::Resolver;
use super::state::State;
use super::unconfigured;
use crate::config::sandbox_limits::SandboxLimits;
use crate::connect::Config;
use crate::plugin::sandbox::{Grants, PathGrant};

type Fd = Resource<Descriptor>;

fn outbound() -> Outbound {
    let tls = Tls::new(None).unwrap().into();
    Outbound { resolver: Resolver::default(), tls }
}

/// A directory of files, and an instance that was granted some of them.
struct Guest {
    directory: PathBuf,
    state: State,
    root: u32,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Guest {
    /// `grants`: the path in the directory, whether it is one, whether it may be written.
    fn new(name: &str, grants: &[(&str, bool, bool)]) -> Self {
        let directory = std::env::temp_dir().join(format!("wasm-connect-fs-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("in")).unwrap();
        fs::write(directory.join("in/a.txt"), "granted").unwrap();
        fs::write(directory.join("in/secret.txt"), "secret").unwrap();
        let grant = |(relative, is_directory, write): &(&str, bool, bool)| PathGrant {
            path: directory.join(relative),
            literal: relative.into(),
            root: directory.clone(),
            relative: relative.into(),
            directory: *is_directory,
            write: *write,
        };
        let grants = Grants { paths: grants.iter().map(grant).collect(), ..Grants::default() };
        let context = unconfigured("test", Config::new());
        let mut state = State::new("a.B", context, &grants, None, &outbound(), Default::default(), &Default::default());
        let preopens = state.get_directories().unwrap();
        let [(root, name)] = preopens.as_slice() else { panic!("one preopened directory") };
        assert_eq!(name, "/");
        Self { directory, root: root.rep(), state }
    }

    fn root(&self) -> Fd {
        Resource::new_borrow(self.root)
    }

    async fn open(&mut self, path: &str, open: OpenFlags, flags: DescriptorFlags) -> FsResult<Fd> {
        let root = self.root();
        self.state.open_at(root, PathFlags::SYMLINK_FOLLOW, path.into(), open, flags).await
    }

    async fn open_to_read(&mut self, path: &str) -> FsResult<Fd> {
        self.open(path, OpenFlags::empty(), DescriptorFlags::READ).await
    }

    async fn open_to_write(&mut self, path: &str) -> FsResult<Fd> {
        self.open(path, OpenFlags::CREATE, DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY).await
    }

    async fn read_to_end(&mut self, path: &str) -> FsResult<Bytes> {
        let fd = self.open_to_read(path).await?;
        let stream = self.state.read_via_stream(fd, 0)?;
        Ok(self.state.table.get_mut(&stream)?.read(1 << 20).unwrap_or_default())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

#[track_caller]
fn code<T>(result: FsResult<T>) -> ErrorCode {
    match result {
        Ok(_) => panic!("it was allowed"),
        Err(error) => error.downcast().expect("an error of the filesystem"),
    }
}

#[track_caller]
fn not_permitted<T>(result: FsResult<T>) {
    assert_eq!(code(result), ErrorCode::NotPermitted);
}

fn io_error(error: StreamError) -> String {
    error.to_string()
}

#[tokio::test]
async fn a_granted_file_is_read_under_both_its_names() {
    let mut guest = Guest::new("names", &[("in/a.txt", false, false)]);
    let absolute = guest.file("in/a.txt").display().to_string();
    assert_eq!(guest.read_to_end("in/a.txt").await.unwrap(), "granted");
    assert_eq!(guest.read_to_end(absolute.trim_start_matches('/')).await.unwrap(), "granted");
}

#[tokio::test]
async fn beside_a_granted_file_nothing_is_there() {
    let mut guest = Guest::new("sibling", &[("in/a.txt", false, true)]);
    let nofollow = PathFlags::empty();
    for path in ["in/secret.txt", "in/not-there.txt", "in/../in/a.txt", "in/a.txt/", "etc/passwd"] {
        not_permitted(guest.open_to_read(path).await);
        not_permitted(guest.open_to_write(path).await);
        let root = guest.root();
        not_permitted(guest.state.stat_at(root, nofollow, path.into()).await);
        let root = guest.root();
        not_permitted(guest.state.unlink_file_at(root, path.into()).await);
        let root = guest.root();
        not_permitted(guest.state.create_directory_at(root, path.into()).await);
        let (root, to) = (guest.root(), guest.root());
        not_permitted(guest.state.rename_at(root, path.into(), to, "in/a.txt".into()).await);
        let (root, to) = (guest.root(), guest.root());
        not_permitted(guest.state.link_at(root, nofollow, "in/a.txt".into(), to, path.into()).await);
        let root = guest.root();
        not_permitted(guest.state.symlink_at(root, "in/secret.txt".into(), path.into()).await);
    }
    not_permitted(guest.open("in", OpenFlags::DIRECTORY, DescriptorFlags::READ).await);
    let root = guest.root();
    not_permitted(guest.state.read_directory(root).await);
    let root = guest.root();
    not_permitted(guest.state.unlink_file_at(root, "in/a.txt".into()).await);
    assert_eq!(fs::read(guest.file("in/secret.txt")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(guest.file("in")).unwrap().count(), 2);
    assert!(guest.state.denials.count() > 0, "refusals are counted");
}

#[tokio::test]
async fn the_way_to_a_granted_file_is_made_of_directories() {
    let mut guest = Guest::new("ancestors", &[("in/a.txt", false, false)]);
    let root = guest.root();
    let stat = guest.state.stat_at(root, PathFlags::empty(), "in".into()).await.unwrap();
    assert_eq!((stat.type_, stat.size), (DescriptorType::Directory, 0));
    let root = guest.root();
    assert_eq!(guest.state.stat(root).await.unwrap().type_, DescriptorType::Directory);
    let root = guest.root();
    assert_eq!(code(guest.state.create_directory_at(root, "in".into()).await), ErrorCode::Exist);
    let root = guest.root();
    assert_eq!(code(guest.state.readlink_at(root, "in/a.txt".into()).await), ErrorCode::Invalid);
}

#[tokio::test]
async fn a_read_grant_writes_nothing() {
    let mut guest = Guest::new("read-only", &[("in/a.txt", false, false)]);
    not_permitted(guest.open_to_write("in/a.txt").await);
    not_permitted(guest.open("in/a.txt", OpenFlags::TRUNCATE, DescriptorFlags::READ).await);
    let fd = guest.open_to_read("in/a.txt").await.unwrap();
    let again = || Resource::new_borrow(fd.rep());
    not_permitted(guest.state.append_via_stream(again()));
    not_permitted(guest.state.write_via_stream(again(), 0));
    not_permitted(guest.state.set_size(again(), 0).await);
    not_permitted(guest.state.write(again(), b"x".to_vec(), 0).await);
    assert_eq!(fs::read(guest.file("in/a.txt")).unwrap(), b"granted");
}

#[tokio::test]
async fn a_reader_at_the_end_sees_what_is_appended() {
    let mut guest = Guest::new("tail", &[("in/a.txt", false, false)]);
    let fd = guest.open_to_read("in/a.txt").await.unwrap();
    let stream = guest.state.read_via_stream(fd, 0).unwrap();
    let path = guest.file("in/a.txt");
    let reader = guest.state.table.get_mut(&stream).unwrap();
    assert_eq!(reader.blocking_read(100).await.unwrap(), "granted");
    assert!(matches!(reader.blocking_read(100).await, Err(StreamError::Closed)));
    fs::write(path, "granted and more").unwrap();
    assert_eq!(reader.blocking_read(100).await.unwrap(), " and more");
}

#[tokio::test]
async fn writes_are_done_when_they_return() {
    let mut guest = Guest::new("write", &[("out.txt", false, true)]);
    let fd = guest.open_to_write("out.txt").await.unwrap();
    let again = || Resource::new_borrow(fd.rep());
    let path = guest.file("out.txt");
    let written = guest.state.write_via_stream(again(), 0).unwrap();
    let writer = guest.state.table.get_mut(&written).unwrap();
    assert!(writer.check_write().map_err(io_error).unwrap() >= 1 << 20);
    writer.write("one ".into()).map_err(io_error).unwrap();
    writer.write("two ".into()).map_err(io_error).unwrap();
    let appended = guest.state.append_via_stream(again()).unwrap();
    fs::write(&path, "one two, and by another ").unwrap();
    let appender = guest.state.table.get_mut(&appended).unwrap();
    appender.write("three".into()).map_err(io_error).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "one two, and by another three");
    guest.state.sync_data(again()).await.unwrap();
}

#[tokio::test]
async fn a_granted_name_that_is_a_link_or_a_pipe_is_not_opened() {
    let mut guest = Guest::new("links", &[("link", false, true), ("pipe", false, true), ("way/a.txt", false, false)]);
    std::os::unix::fs::symlink(guest.file("in/secret.txt"), guest.file("link")).unwrap();
    std::os::unix::fs::symlink(guest.file("in"), guest.file("way")).unwrap();
    let pipe = std::ffi::CString::new(guest.file("pipe").into_os_string().into_encoded_bytes()).unwrap();
    // SAFETY: the path is a string that ends with a zero and outlives the call.
    assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
    assert_eq!(code(guest.open_to_read("link").await), ErrorCode::Loop);
    assert_eq!(code(guest.open_to_write("link").await), ErrorCode::Loop);
    let root = guest.root();
    assert_eq!(code(guest.state.stat_at(root, PathFlags::SYMLINK_FOLLOW, "link".into()).await), ErrorCode::Loop);
    assert_eq!(code(guest.open_to_read("way/a.txt").await), ErrorCode::NotDirectory);
    not_permitted(guest.open_to_read("pipe").await);
    assert_eq!(fs::read(guest.file("in/secret.txt")).unwrap(), b"secret");
}

#[tokio::test]
async fn a_file_may_come_later() {
    let mut guest = Guest::new("later", &[("new/a.txt", false, true)]);
    assert_eq!(code(guest.open_to_read("new/a.txt").await), ErrorCode::NoEntry);
    assert_eq!(code(guest.open_to_write("new/a.txt").await), ErrorCode::NoEntry);
    fs::create_dir(guest.file("new")).unwrap();
    guest.open_to_write("new/a.txt").await.unwrap();
    assert!(guest.file("new/a.txt").exists());
}

#[tokio::test]
async fn a_granted_directory_is_listed_and_read() {
    let mut guest = Guest::new("directory", &[("in", true, false)]);
    let fd = guest.open("in", OpenFlags::DIRECTORY, DescriptorFlags::READ).await.unwrap();
    let again = || Resource::new_borrow(fd.rep());
    let entries = guest.state.read_directory(again()).await.unwrap();
    let mut names = Vec::new();
    while let Some(entry) = guest.state.read_directory_entry(Resource::new_borrow(entries.rep())).await.unwrap() {
        names.push(entry.name);
    }
    names.sort();
    assert_eq!(names, ["a.txt", "secret.txt"]);
    let stat = guest.state.stat_at(again(), PathFlags::empty(), "a.txt".into()).await.unwrap();
    assert_eq!((stat.type_, stat.size), (DescriptorType::RegularFile, 7));
    not_permitted(guest.state.stat_at(again(), PathFlags::empty(), "../x".into()).await);
    not_permitted(guest.state.unlink_file_at(again(), "a.txt".into()).await);
    not_permitted(guest.state.create_directory_at(again(), "new".into()).await);
    not_permitted(guest.open_to_write("in/new.txt").await);
}

#[tokio::test]
async fn a_writable_directory_is_the_guests_own() {
    let mut guest = Guest::new("own", &[("in", true, true)]);
    let root = guest.root();
    guest.state.create_directory_at(root, "in/sub".into()).await.unwrap();
    guest.open_to_write("in/sub/b.txt").await.unwrap();
    let (root, to) = (guest.root(), guest.root());
    guest.state.rename_at(root, "in/sub/b.txt".into(), to, "in/b.txt".into()).await.unwrap();
    let root = guest.root();
    guest.state.remove_directory_at(root, "in/sub".into()).await.unwrap();
    let root = guest.root();
    guest.state.unlink_file_at(root, "in/a.txt".into()).await.unwrap();
    let (root, to) = (guest.root(), guest.root());
    not_permitted(guest.state.rename_at(root, "in/b.txt".into(), to, "b.txt".into()).await);
    let root = guest.root();
    not_permitted(guest.state.remove_directory_at(root, "in".into()).await);
    let left: Vec<_> = fs::read_dir(guest.file("in")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(guest.file("in/b.txt").exists());
}

#[tokio::test]
async fn open_files_are_counted_with_their_streams() {
    let mut guest = Guest::new("open-files", &[("in/a.txt", false, false)]);
    let mut streams = Vec::new();
    for _ in 0..SandboxLimits::default().open_files_max {
        let fd = guest.open_to_read("in/a.txt").await.unwrap();
        streams.push(guest.state.read_via_stream(Resource::new_borrow(fd.rep()), 0).unwrap());
        HostDescriptor::drop(&mut guest.state, fd).unwrap();
    }
    assert_eq!(code(guest.open_to_read("in/a.txt").await), ErrorCode::InsufficientMemory);
    drop(guest.state.table.delete(streams.pop().unwrap()).unwrap());
    guest.open_to_read("in/a.txt").await.unwrap();
}
