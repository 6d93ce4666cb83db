//! Looking up names for guests, with a bound: each lookup holds a thread of the worker until the system's resolver gives up.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;

use tokio::sync::Semaphore;

/// Lookups of all instances at a time; further ones wait.
const MAX_LOOKUPS: usize = 32;
/// Lookups of one instance at a time, those that it waits for no more included; further ones fail.
const MAX_LOOKUPS_OF_INSTANCE: usize = 4;
/// Addresses of one name; the rest is left out.
const MAX_ADDRESSES: usize = 32;

/// The worker's lookups.
#[derive(Clone, Debug)]
pub struct Resolver(Arc<Semaphore>);

impl Default for Resolver {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_LOOKUPS)))
    }
}

/// The lookups of one instance.
#[derive(Clone, Debug)]
pub struct InstanceResolver {
    all: Resolver,
    own: Arc<Semaphore>,
}

impl InstanceResolver {
    pub fn new(all: Resolver) -> Self {
        Self { all, own: Arc::new(Semaphore::new(MAX_LOOKUPS_OF_INSTANCE)) }
    }

    /// The addresses of a name, as the system's resolver says. `ResourceBusy`: the instance looks up too much at once.
    pub async fn lookup(&self, name: String) -> io::Result<Vec<IpAddr>> {
        let busy = |_| io::Error::from(io::ErrorKind::ResourceBusy);
        let own = self.own.clone().try_acquire_owned().map_err(busy)?;
        let shared = self.all.0.clone().acquire_owned().await.map_err(io::Error::other)?;
        let lookup = move || {
            // Given back when the lookup ends, even if nobody waits for it any more.
            let _permits = (own, shared);
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in (name.as_str(), 0).to_socket_addrs()?.map(|address| address.ip().to_canonical()) {
                if !addresses.contains(&address) && addresses.len() < MAX_ADDRESSES {
                    addresses.push(address);
                }
            }
            Ok(addresses)
        };
        tokio::task::spawn_blocking(lookup).await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_instance_looks_up_a_few_names_at_a_time() {
        let resolver = InstanceResolver::new(Resolver::default());
        let busy = resolver.own.clone().try_acquire_many_owned(4).unwrap();
        let refused = resolver.lookup("localhost".into()).await;
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        drop(busy);
        let addresses = resolver.lookup("localhost".into()).await.unwrap();
        assert!(addresses.iter().all(IpAddr::is_loopback) && !addresses.is_empty(), "{addresses:?}");
    }
}
