//! Requests over real connections to a small herder in memory; answers are those that Java Connect 4.3 gave to the same
//! requests, unless a name says otherwise.

mod client;
mod https;
mod in_memory_herder;
mod peers;
mod requests;
mod serving;
