// Numbers for the worker's metrics (Java's PluginMetrics). The worker adds connector and task to the labels.

import { host } from "./host.js";

/** Names and values that tell series of one metric apart. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Counts on: `metrics.add("rows", 3, { table: "orders" })`. Whole and not negative. */
export function add(counter: string, delta = 1, labels: MetricLabels = {}): void {
  host().add(counter, Object.entries(labels), delta);
}

/** What is now. */
export function set(gauge: string, value: number, labels: MetricLabels = {}): void {
  host().set(gauge, Object.entries(labels), value);
}

/** One of many measurements. */
export function observe(histogram: string, value: number, labels: MetricLabels = {}): void {
  host().observe(histogram, Object.entries(labels), value);
}
