//! Looks at a directory in which files come, change and go.

use std::time::{Duration, SystemTime};

use super::super::tests::{Answer, SOURCE, component, description};
use super::*;
use crate::plugin::package::with_description;
use crate::plugin::ports::PluginKind;

/// A plugin path and the watcher of it, whose time is the test's.
struct Scene {
    root: PathBuf,
    watcher: PluginWatcher,
    now: Instant,
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

impl Scene {
    async fn new(name: &str, describe: Answer) -> Self {
        let root = std::env::temp_dir().join(format!("wasm-connect-watch-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        let scanner = Scanner { plugin_path: vec![root.clone()], max_bytes: 10_000, describe: Arc::new(describe) };
        Self { root, watcher: PluginWatcher::start(scanner, Vec::new()).await, now: Instant::now() }
    }

    fn write(&self, content: &[u8]) {
        let path = self.root.join("a.wasm");
        fs::write(&path, content).unwrap();
        // As a write does, which a copy within one tick of the file system's clock may have hidden.
        let metadata = fs::metadata(&path).unwrap();
        let changed = SystemTime::UNIX_EPOCH + Duration::new(metadata.ctime() as u64, metadata.ctime_nsec() as u32);
        assert_eq!(metadata.modified().unwrap(), changed);
    }

    async fn look(&mut self) -> bool {
        self.now += caps::PLUGIN_LOOK_INTERVAL;
        self.watcher.look(self.now).await
    }

    async fn compiled(&mut self) -> bool {
        let compiled = self.watcher.compiling.join_next().await.expect("something is being compiled").unwrap();
        self.watcher.compiled(compiled)
    }

    /// The versions that are listed, and why a file is broken.
    fn state(&self) -> (Vec<String>, Vec<String>) {
        let plugins = self.watcher.plugins();
        let versions = plugins.list().iter().map(|plugin| plugin.version.clone()).collect();
        (versions, plugins.broken().iter().map(|broken| broken.reason.clone()).collect())
    }

    #[track_caller]
    fn assert_lists(&self, versions: &[&str]) {
        assert_eq!(self.state(), (versions.iter().map(|version| (*version).to_owned()).collect(), Vec::new()));
    }

    #[track_caller]
    fn assert_broken(&self, reason: &str) {
        assert_eq!(self.state(), (Vec::new(), vec![reason.to_owned()]));
    }
}

fn packaged(version: &str) -> Vec<u8> {
    let mut description = description(PluginKind::Source);
    description.plugins[0].version = version.into();
    with_description(component(&[], &SOURCE), &description).unwrap()
}

#[tokio::test]
async fn a_file_that_comes_is_listed_at_the_second_look() {
    let mut scene = Scene::new("comes", Answer::default()).await;
    scene.write(&packaged("1.0"));
    assert!(!scene.look().await, "listed before it was seen to rest");
    scene.assert_lists(&[]);
    assert!(scene.look().await);
    scene.assert_lists(&["1.0"]);
    assert!(!scene.look().await, "the same again is no change");
    assert!(!scene.compiled().await, "what is embedded was confirmed");
}

#[tokio::test]
async fn a_file_that_is_moved_into_place_is_listed_at_once() {
    let mut scene = Scene::new("moved", Answer::default()).await;
    let path = scene.root.join(".a.wasm");
    fs::write(&path, packaged("1.0")).unwrap();
    let earlier = SystemTime::now() - Duration::from_secs(1);
    fs::File::options().write(true).open(&path).unwrap().set_modified(earlier).unwrap();
    fs::rename(&path, scene.root.join("a.wasm")).unwrap();
    assert!(scene.look().await);
    scene.assert_lists(&["1.0"]);
}

#[tokio::test]
async fn a_file_that_is_written_slowly_is_not_judged_before_it_is_whole() {
    let mut scene = Scene::new("slowly", Answer::default()).await;
    let whole = packaged("1.0");
    for end in (1..whole.len()).step_by(7) {
        scene.write(&whole[..end]);
        scene.look().await;
        scene.look().await;
        scene.assert_lists(&[]);
    }
    scene.write(&whole);
    scene.look().await;
    scene.look().await;
    scene.assert_lists(&["1.0"]);
}

#[tokio::test]
async fn a_copy_that_stops_half_way_is_broken_until_it_goes_on() {
    let mut scene = Scene::new("stops", Answer::default()).await;
    let whole = packaged("1.0");
    scene.write(&whole[..whole.len() - 1]);
    let first = scene.now + caps::PLUGIN_LOOK_INTERVAL;
    while scene.now < first + caps::PLUGIN_SETTLE_TIME {
        scene.assert_lists(&[]);
        scene.look().await;
    }
    scene.assert_broken("it ends in the middle of a section");
    scene.write(&whole);
    scene.look().await;
    scene.look().await;
    scene.assert_lists(&["1.0"]);
}

#[tokio::test]
async fn a_version_stays_listed_until_the_next_is_whole_and_goes_with_its_file() {
    let mut scene = Scene::new("replaced", Answer::default()).await;
    scene.write(&packaged("1.0"));
    scene.look().await;
    scene.look().await;
    let (next, half) = (packaged("1.10"), 100);
    scene.write(&next[..half]);
    scene.look().await;
    scene.look().await;
    scene.assert_lists(&["1.0"]);
    scene.write(&next);
    scene.look().await;
    assert!(scene.look().await);
    scene.assert_lists(&["1.10"]);
    fs::remove_file(scene.root.join("a.wasm")).unwrap();
    assert!(scene.look().await);
    scene.assert_lists(&[]);
    while scene.watcher.compiling.join_next().await.is_some() {}
}

#[tokio::test]
async fn what_cannot_be_used_is_broken_with_the_reason() {
    let mut scene = Scene::new("refused", Answer { refusal: Some("it does not compile"), ..Answer::default() }).await;
    scene.write(&packaged("1.0"));
    scene.look().await;
    scene.look().await;
    scene.assert_lists(&["1.0"]);
    assert!(scene.compiled().await);
    scene.assert_broken("it does not compile");
    scene.write(&vec![0; 10_001]);
    while scene.state().1 != ["it has 10001 bytes and sandbox.plugin.max.bytes is 10000"] {
        scene.look().await;
    }
}

#[tokio::test]
async fn a_component_without_a_description_is_listed_when_it_was_asked() {
    let mut scene = Scene::new("asked", Answer::default()).await;
    scene.write(&component(&[], &SOURCE));
    scene.look().await;
    assert!(!scene.look().await);
    scene.assert_lists(&[]);
    assert!(scene.compiled().await);
    scene.assert_lists(&["1.0"]);
}

#[tokio::test]
async fn what_was_learned_of_a_file_that_was_replaced_meanwhile_does_not_count() {
    let mut scene = Scene::new("meanwhile", Answer::default()).await;
    scene.write(&component(&[], &SOURCE));
    scene.look().await;
    scene.look().await;
    scene.write(b"no longer");
    scene.look().await;
    assert!(!scene.compiled().await);
    scene.assert_lists(&[]);
}
