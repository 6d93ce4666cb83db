//! Whole clusters of herders in one thread: a coordinator, a config topic and workers that lag, crash and come back, in random
//! order. The invariants hold at each step (I3, I4, I5, I6), and when the world calms down everything runs, once.

mod coordinator;
mod user;
mod world;

use self::world::World;

/// SplitMix64: the same numbers for the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }

    pub(super) fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }
}

fn check(seed: u64, protocols: &[&str], plugins_differ: bool) {
    println!("seed {seed}");
    let mut world = World::new(Random(seed), protocols, plugins_differ);
    for _ in 0..3 {
        for _ in 0..400 {
            world.something_happens();
        }
        world.calm_down();
        world.check_everything_runs_once();
    }
}

fn seeds() -> std::ops::Range<u64> {
    match std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => 0..40,
    }
}

#[test]
fn a_cooperative_cluster_runs_everything_once_whatever_happens() {
    seeds().for_each(|seed| check(seed, &["sessioned"], false));
}

#[test]
fn an_eager_cluster_runs_everything_once_whatever_happens() {
    seeds().for_each(|seed| check(seed, &["eager"], false));
}

#[test]
fn a_cluster_whose_workers_speak_different_protocols_runs_everything_once() {
    seeds().for_each(|seed| check(seed, &["sessioned", "compatible", "eager"], false));
}

#[test]
fn a_cluster_whose_workers_have_different_plugins_runs_everything_where_it_can_run() {
    seeds().for_each(|seed| check(seed, &["sessioned", "compatible"], true));
}
