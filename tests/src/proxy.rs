//! A way to a TCP port that can be cut like a cable: what is on the way stays there until it is mended.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// Passes bytes on between two loopback ports; its threads end with the process.
#[derive(Debug)]
pub struct Proxy {
    cable: Arc<Cable>,
}

#[derive(Debug, Default)]
struct Cable {
    cut: Mutex<bool>,
    mended: Condvar,
}

// === impl Proxy ===

impl Proxy {
    /// Whoever connects to port `from` talks to port `to`, as soon as somebody listens there.
    pub fn start(from: u16, to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", from)).expect("the proxy's port is free");
        let cable = Arc::<Cable>::default();
        let shared = cable.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                shared.wait_whole();
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { continue };
                    let cable = shared.clone();
                    std::thread::spawn(move || pass_on(from, to, &cable));
                }
            }
        });
        Self { cable }
    }

    /// From now on nothing comes through, and nobody is told.
    pub fn cut(&self) {
        *self.cable.cut.lock().expect("no thread fails while it holds the cable") = true;
    }

    pub fn mend(&self) {
        *self.cable.cut.lock().expect("no thread fails while it holds the cable") = false;
        self.cable.mended.notify_all();
    }
}

impl Cable {
    fn wait_whole(&self) {
        let cut = self.cut.lock().expect("no thread fails while it holds the cable");
        drop(self.mended.wait_while(cut, |cut| *cut));
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, cable: &Cable) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        cable.wait_whole();
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    cable.wait_whole();
    // Either side may be gone already.
    let _ = (from.shutdown(Shutdown::Read), to.shutdown(Shutdown::Write));
}
