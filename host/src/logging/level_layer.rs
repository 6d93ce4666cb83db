//! Decides what is logged: the directives of `log.level`, and before them the levels that were set since.

use std::sync::{Arc, PoisonError, RwLock};

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::Context;

/// A target, which covers all that begin with it, and its level; the empty target covers all.
pub(super) type TargetLevel = (String, LevelFilter);

/// The levels that were set, to be changed while lines are logged.
#[derive(Clone, Default)]
pub(super) struct TargetLevels(Arc<RwLock<Vec<TargetLevel>>>);

// === impl TargetLevels ===

impl TargetLevels {
    /// From now on these hold, and no others.
    pub(super) fn set(&self, mut levels: Vec<TargetLevel>) {
        // The longest target that covers a line decides.
        levels.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = levels;
        // Each place in the code that logs has the last decision cached.
        tracing::callsite::rebuild_interest_cache();
    }

    /// Whether a line is logged; none: nothing was set that covers it.
    fn decide(&self, metadata: &Metadata<'_>) -> Option<bool> {
        let levels = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (_, level) = levels.iter().find(|(target, _)| metadata.target().starts_with(target.as_str()))?;
        Some(metadata.level() <= level)
    }

    fn max(&self) -> Option<LevelFilter> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().map(|(_, level)| *level).max()
    }
}

/// The layer; of spans nothing that was set takes any away, as they give lines their context.
pub(super) struct LevelLayer {
    pub base: EnvFilter,
    pub levels: TargetLevels,
}

impl LevelLayer {
    fn decide(&self, metadata: &Metadata<'_>) -> Option<bool> {
        if metadata.is_span() { None } else { self.levels.decide(metadata) }
    }
}

impl<S: Subscriber> Layer<S> for LevelLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        match self.decide(metadata) {
            Some(true) => Interest::always(),
            Some(false) => Interest::never(),
            None => Layer::<S>::register_callsite(&self.base, metadata),
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, S>) -> bool {
        self.decide(metadata).unwrap_or_else(|| Layer::<S>::enabled(&self.base, metadata, context))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let base = Layer::<S>::max_level_hint(&self.base)?;
        Some(self.levels.max().map_or(base, |set| set.max(base)))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        Layer::<S>::on_new_span(&self.base, attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        Layer::<S>::on_record(&self.base, id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        Layer::<S>::on_enter(&self.base, id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        Layer::<S>::on_exit(&self.base, id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        Layer::<S>::on_close(&self.base, id, context);
    }
}
