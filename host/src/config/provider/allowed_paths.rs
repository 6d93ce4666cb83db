//! Where a provider may read (Java's `AllowedPaths`, KIP-993).

use std::path::{Component, Path, PathBuf};

use super::super::config_exception::ConfigException;
use crate::connect::Config;

/// The provider's parameter that lists them.
const ALLOWED_PATHS: &str = "allowed.paths";

/// None: everywhere.
pub struct AllowedPaths(Option<Vec<PathBuf>>);

impl AllowedPaths {
    /// # Errors
    /// A path that is not absolute or is not there.
    pub fn new(params: &Config) -> Result<Self, ConfigException> {
        let Some(value) = params.get(ALLOWED_PATHS).filter(|value| !value.is_empty()) else { return Ok(Self(None)) };
        let paths = value.split(',').map(|path| {
            let path = normal(Path::new(path));
            if !path.is_absolute() {
                return Err(ConfigException(format!("Path {} is not absolute", path.display())));
            }
            if !path.exists() {
                return Err(ConfigException(format!("Path {} does not exist", path.display())));
            }
            Ok(path)
        });
        Ok(Self(Some(paths.collect::<Result<_, _>>()?)))
    }

    /// The path to read, if it may be read; the log says which one may not.
    pub fn permit(&self, path: &str) -> Option<PathBuf> {
        let Some(allowed) = &self.0 else { return Some(path.into()) };
        let normal = normal(Path::new(path));
        let permitted = allowed.iter().any(|allowed| normal.starts_with(allowed));
        if !permitted {
            tracing::warn!("The path {path} is not permitted to be accessed: it is not under any of {ALLOWED_PATHS}");
        }
        permitted.then_some(normal)
    }
}

/// Without `.`, and with each `..` taking back the name before it (Java's `Path.normalize`).
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            Component::ParentDir if normal.has_root() => {}
            component => normal.push(component),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(paths: &str) -> Result<AllowedPaths, ConfigException> {
        AllowedPaths::new(&[(ALLOWED_PATHS.to_owned(), paths.to_owned())].into_iter().collect())
    }

    #[test]
    fn a_path_cannot_climb_out() {
        let tmp = allowed("/usr/./lib,/etc").unwrap();
        for (path, permitted) in [
            ("/etc/passwd", true),
            ("/usr/lib/x", true),
            ("/etc/../etc/x", true),
            ("/etc/../root/x", false),
            ("/etcetera", false),
            ("etc/x", false),
            ("/../../etc/x", true),
        ] {
            assert_eq!(tmp.permit(path).is_some(), permitted, "{path}");
        }
        assert!(allowed("").unwrap().permit("anything").is_some());
    }

    #[test]
    fn what_is_allowed_must_be_there() {
        let refusal = |paths| allowed(paths).map(drop).unwrap_err().0;
        assert_eq!(refusal("etc"), "Path etc is not absolute");
        assert_eq!(refusal("/etc,/no/such/path"), "Path /no/such/path does not exist");
    }
}
