//! `kafka:connect/metrics`: numbers that plugins count, kept by connector, task, name and labels.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::plugin::component::bindings::imported::metrics;
use crate::plugin::component::state::State;

/// Series of one instance; more are dropped, so that a label with ever new values does not fill the worker's memory.
const MAX_SERIES: usize = 200;
/// Bytes of a series' name and labels, with two for each label so that empty ones count too.
const MAX_NAME_BYTES: usize = 512;

/// What the plugins of a worker count. Shared by all instances.
#[derive(Debug, Default)]
pub struct GuestMetrics(Mutex<BTreeMap<Owner, BTreeMap<Series, Metric>>>);

type Owner = (Arc<str>, Option<u32>);

/// What a number is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pub name: String,
    pub labels: Vec<(String, String)>,
}

/// A number, by how it came to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    Counter(u64),
    Gauge(f64),
    /// The observations of a histogram, without its buckets.
    Summary {
        count: u64,
        sum: f64,
        min: f64,
        max: f64,
    },
}

/// A metric as it is read out.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSnapshot {
    pub connector: Arc<str>,
    /// None: of the connector itself.
    pub task: Option<u32>,
    pub series: Series,
    pub metric: Metric,
}

impl GuestMetrics {
    /// All numbers, sorted by connector, task, name and labels.
    pub fn snapshot(&self) -> Vec<MetricSnapshot> {
        let metrics = self.lock();
        let of_owner = |((connector, task), series): (&Owner, &BTreeMap<Series, Metric>)| {
            let snapshot = |(series, metric): (&Series, &Metric)| MetricSnapshot {
                connector: connector.clone(),
                task: *task,
                series: series.clone(),
                metric: *metric,
            };
            series.iter().map(snapshot).collect::<Vec<_>>()
        };
        metrics.iter().flat_map(of_owner).collect()
    }

    /// Forgets the numbers of an instance that is gone.
    pub fn remove(&self, connector: &Arc<str>, task: Option<u32>) {
        self.lock().remove(&(connector.clone(), task));
    }

    fn update(
        &self,
        state: &State,
        name: String,
        labels: metrics::Labels,
        update: impl FnOnce(Option<Metric>) -> Metric,
    ) {
        let bytes = labels.iter().fold(name.len(), |bytes, (label, value)| bytes + label.len() + value.len() + 2);
        if bytes > MAX_NAME_BYTES {
            return;
        }
        let mut metrics = self.lock();
        let of_instance = metrics.entry((state.context.connector.clone(), state.context.task)).or_default();
        let series = Series { name, labels };
        if let Some(metric) = of_instance.get_mut(&series) {
            *metric = update(Some(*metric));
        } else if of_instance.len() < MAX_SERIES {
            of_instance.insert(series, update(None));
        }
    }

    /// Each update is whole, so a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Owner, BTreeMap<Series, Metric>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl metrics::Host for State {
    fn add(&mut self, counter: String, labels: metrics::Labels, delta: u64) {
        self.metrics.update(self, counter, labels, |metric| match metric {
            Some(Metric::Counter(count)) => Metric::Counter(count.saturating_add(delta)),
            _ => Metric::Counter(delta),
        });
    }

    fn set(&mut self, gauge: String, labels: metrics::Labels, value: f64) {
        self.metrics.update(self, gauge, labels, |_| Metric::Gauge(value));
    }

    fn observe(&mut self, histogram: String, labels: metrics::Labels, value: f64) {
        self.metrics.update(self, histogram, labels, |metric| match metric {
            Some(Metric::Summary { count, sum, min, max }) => {
                Metric::Summary { count: count + 1, sum: sum + value, min: min.min(value), max: max.max(value) }
            }
            _ => Metric::Summary { count: 1, sum: value, min: value, max: value },
        });
    }
}
