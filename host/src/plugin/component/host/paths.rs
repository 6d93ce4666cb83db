//! From the paths that a guest names to the files that it was granted.
//!
//! The guest sees one preopened directory, `/`, backed by nothing. Its paths are compared with the grants as text, so an answer
//! about a name that is not granted never touches the disk. Granted names are opened from the allowlist's root downwards without
//! following a link in any step, on every open: the grant is for the name, whatever file has it.

use std::io;
use std::path::{Path, PathBuf};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata, OpenOptions, OpenOptionsExt};

use crate::plugin::sandbox::PathGrant;

/// The grants of one instance, in the form in which guests name them.
#[derive(Debug, Default)]
pub struct GrantedPaths(Vec<GrantedPath>);

#[derive(Debug)]
struct GrantedPath {
    /// Absolute, and as the configuration has it; both without a slash in front.
    names: [String; 2],
    root: PathBuf,
    relative: PathBuf,
    directory: bool,
    write: bool,
}

/// What a guest's path means.
#[derive(Debug, PartialEq, Eq)]
pub enum Hit {
    /// A granted file, or something in a granted directory.
    Granted(Target),
    /// A directory on the way to a granted name, of which a guest may know that it is one.
    Ancestor,
    /// Anything else, there or not.
    No,
}

/// A place that may be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    root: PathBuf,
    /// From the root on; empty: the root itself.
    relative: PathBuf,
    /// The directory that the grant names, or something in it.
    pub in_directory: bool,
    /// What the grant names itself.
    pub is_grant: bool,
    pub write: bool,
}

impl GrantedPaths {
    pub fn new(grants: &[PathGrant]) -> Self {
        let name = |path: &Path| path.to_string_lossy().trim_start_matches('/').to_owned();
        let granted = grants.iter().map(|grant| GrantedPath {
            names: [name(&grant.path), name(&grant.literal)],
            root: grant.root.clone(),
            relative: grant.relative.clone(),
            directory: grant.directory,
            write: grant.write,
        });
        Self(granted.collect())
    }

    /// Looks up `path`, seen from the directory `base` (in the form that this function's callers keep: no slashes at the ends).
    pub fn find(&self, base: &str, path: &str) -> Hit {
        let Some(full) = join(base, path) else { return Hit::No };
        let ends_as_directory = path.ends_with('/') || path.ends_with("/.");
        let best = self
            .0
            .iter()
            .filter_map(|granted| Some((granted, granted.rest(&full)?)))
            // Where a file may be read for one key and written for another, it may be written.
            .max_by_key(|(granted, rest)| (granted.write, std::cmp::Reverse(rest.len())));
        if let Some((granted, rest)) = best {
            if ends_as_directory && !granted.directory {
                return Hit::No;
            }
            let relative = granted.relative.components().chain(Path::new(rest).components()).collect();
            return Hit::Granted(Target {
                root: granted.root.clone(),
                relative,
                in_directory: granted.directory,
                is_grant: rest.is_empty(),
                write: granted.write,
            });
        }
        if full.is_empty() || self.0.iter().any(|granted| granted.is_below(&full)) { Hit::Ancestor } else { Hit::No }
    }
}

impl GrantedPaths {
    /// The files that are granted by name.
    pub fn files(&self) -> Vec<Target> {
        let files = self.0.iter().filter(|granted| !granted.directory);
        let target = |granted: &GrantedPath| Target {
            root: granted.root.clone(),
            relative: granted.relative.clone(),
            in_directory: false,
            is_grant: true,
            write: granted.write,
        };
        files.map(target).collect()
    }
}

impl GrantedPath {
    /// The part of `full` below this grant; none: it is not granted by it.
    fn rest<'p>(&self, full: &'p str) -> Option<&'p str> {
        self.names.iter().find_map(|name| match full.strip_prefix(name.as_str()) {
            Some("") => Some(""),
            Some(rest) if self.directory && name.is_empty() => Some(rest),
            Some(rest) if self.directory => rest.strip_prefix('/'),
            _ => None,
        })
    }

    fn is_below(&self, full: &str) -> bool {
        self.names.iter().any(|name| name.strip_prefix(full).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// `path` below `base` without empty and `.` components; none: it has a `..`, which is refused and not resolved.
pub fn join(base: &str, path: &str) -> Option<String> {
    let mut full = base.to_owned();
    for component in path.split('/').filter(|component| !component.is_empty() && *component != ".") {
        if component == ".." {
            return None;
        }
        if !full.is_empty() {
            full.push('/');
        }
        full.push_str(component);
    }
    Some(full)
}

impl Target {
    /// Opens the file, or the directory if it is one and `options` only read. Anything else is refused: a pipe or device would
    /// let the guest talk to whoever holds the other end.
    pub fn open(&self, options: &mut OpenOptions) -> io::Result<std::fs::File> {
        let Some((parent, leaf)) = self.parent()? else {
            return Ok(self.root_directory()?.into_std_file());
        };
        options.follow(FollowSymlinks::No).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
        let file = parent.open_with(leaf, options)?.into_std();
        let metadata = file.metadata()?;
        if metadata.is_file() || (metadata.is_dir() && self.in_directory) {
            Ok(file)
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }

    /// Opens the directory.
    pub fn open_directory(&self) -> io::Result<std::fs::File> {
        let directory = match self.parent()? {
            Some((parent, leaf)) => parent.open_dir_nofollow(leaf)?,
            None => self.root_directory()?,
        };
        Ok(directory.into_std_file())
    }

    /// Of the name itself: a link is not followed.
    pub fn metadata(&self) -> io::Result<Metadata> {
        match self.parent()? {
            Some((parent, leaf)) => parent.symlink_metadata(leaf),
            None => self.root_directory()?.dir_metadata(),
        }
    }

    pub fn create_directory(&self) -> io::Result<()> {
        let (parent, leaf) = self.parent_or_denied()?;
        parent.create_dir(leaf)
    }

    pub fn remove_directory(&self) -> io::Result<()> {
        let (parent, leaf) = self.parent_or_denied()?;
        parent.remove_dir(leaf)
    }

    pub fn remove_file(&self) -> io::Result<()> {
        let (parent, leaf) = self.parent_or_denied()?;
        parent.remove_file(leaf)
    }

    pub fn rename(&self, to: &Self) -> io::Result<()> {
        let (parent, leaf) = self.parent_or_denied()?;
        let (new_parent, new_leaf) = to.parent_or_denied()?;
        parent.rename(leaf, &new_parent, new_leaf)
    }

    /// The directory that holds the target, and its name there; none: the target is the root.
    fn parent(&self) -> io::Result<Option<(Dir, &Path)>> {
        let Some(leaf) = self.relative.file_name() else {
            return Ok(None);
        };
        let mut directory = self.root_directory()?;
        for component in self.relative.parent().unwrap_or(Path::new("")) {
            directory = directory.open_dir_nofollow(component)?;
        }
        Ok(Some((directory, Path::new(leaf))))
    }

    fn parent_or_denied(&self) -> io::Result<(Dir, &Path)> {
        self.parent()?.ok_or_else(|| io::ErrorKind::PermissionDenied.into())
    }

    /// By its path and each time: the root is the administrator's word, guests can make no links that would change what it means,
    /// and a thousand idle tasks then hold no descriptors of it.
    fn root_directory(&self) -> io::Result<Dir> {
        Dir::open_ambient_dir(&self.root, ambient_authority())
    }
}

/// Looks at one name after the other. The last one's directory stays open, since neighbours often share it.
#[derive(Default)]
pub struct Looks {
    last: Option<LastDirectory>,
}

struct LastDirectory {
    root: PathBuf,
    relative: PathBuf,
    open: Dir,
}

impl Looks {
    /// [`Target::metadata`].
    pub fn metadata(&mut self, target: &Target) -> io::Result<Metadata> {
        let relative = target.relative.parent().unwrap_or(Path::new(""));
        if let (Some(last), Some(leaf)) = (&self.last, target.relative.file_name())
            && last.relative.as_os_str() == relative.as_os_str()
            && last.root.as_os_str() == target.root.as_os_str()
        {
            return last.open.symlink_metadata(leaf);
        }
        self.last = None;
        let Some((open, leaf)) = target.parent()? else { return target.metadata() };
        let metadata = open.symlink_metadata(leaf);
        self.last = Some(LastDirectory { root: target.root.clone(), relative: relative.to_path_buf(), open });
        metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(path: &str, directory: bool, write: bool) -> PathGrant {
        let path = PathBuf::from(path);
        let relative = path.strip_prefix("/data").unwrap().to_path_buf();
        PathGrant { literal: path.clone(), path, root: "/data".into(), relative, directory, write }
    }

    fn file() -> GrantedPaths {
        GrantedPaths::new(&[grant("/data/in/a.txt", false, false)])
    }

    fn relative(hit: Hit) -> String {
        match hit {
            Hit::Granted(target) => target.relative.display().to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_found_by_its_name_only() {
        let paths = file();
        for name in ["data/in/a.txt", "data//in/./a.txt", "./data/in/a.txt"] {
            assert_eq!(relative(paths.find("", name)), "in/a.txt", "{name}");
        }
        for name in
            ["data/in/a.txt/", "data/in/a.txt/.", "data/in/../in/a.txt", "data/in/a.txt/b", "data/in/a.tx", "etc"]
        {
            assert_eq!(paths.find("", name), Hit::No, "{name}");
        }
        for name in ["", ".", "/", "data", "data/in", "data/in/"] {
            assert_eq!(paths.find("", name), Hit::Ancestor, "{name}");
        }
    }

    #[test]
    fn a_relative_name_and_its_absolute_one_are_the_same_file() {
        let mut relative_grant = grant("/data/in/a.txt", false, true);
        relative_grant.literal = "a.txt".into();
        let paths = GrantedPaths::new(&[relative_grant]);
        assert_eq!(relative(paths.find("", "a.txt")), "in/a.txt");
        assert_eq!(relative(paths.find("", "data/in/a.txt")), "in/a.txt");
        assert_eq!(paths.find("", "in/a.txt"), Hit::No);
    }

    #[test]
    fn a_directory_has_what_is_under_it() {
        let paths = GrantedPaths::new(&[grant("/data/in", true, false)]);
        assert_eq!(relative(paths.find("", "data/in/")), "in");
        assert_eq!(relative(paths.find("", "data/in/x/y")), "in/x/y");
        assert_eq!(relative(paths.find("data/in", "x/")), "in/x");
        assert_eq!(paths.find("data/in", "../out"), Hit::No);
        assert_eq!(paths.find("", "data/inside"), Hit::No);
    }

    #[test]
    fn what_one_key_lets_write_another_does_not_forbid() {
        let paths = GrantedPaths::new(&[grant("/data/in", true, false), grant("/data/in/out.txt", false, true)]);
        assert!(matches!(paths.find("", "data/in/out.txt"), Hit::Granted(target) if target.write));
        assert!(matches!(paths.find("", "data/in/other"), Hit::Granted(target) if !target.write));
    }
}
