//! Doorbells between processes: each one that listens has a datagram socket in a private folder, and
//! whoever has committed something sends a byte to all of them. A byte that is lost costs a second,
//! since those who listen also look by themselves now and then.
//!
//! The folder belongs to one user and one database: `$XDG_RUNTIME_DIR/spar`, or `spar-UID` in the
//! folder for temporary files, and in it one named by device and inode of the file. Paths of sockets
//! must be short (104 bytes on some systems), which is why it does not lie beside the database.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Bell, Ring};

/// The longest path of a socket that every system takes, bytes.
const LONGEST_PATH: usize = 103;

/// The folder of a database, whether it is there or not.
pub(super) fn folder_of(database: &Path) -> Option<PathBuf> {
    let file = fs::metadata(database).ok()?;
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let parent = match runtime.filter(|path| path.is_absolute() && path.is_dir()) {
        Some(runtime) => runtime.join("spar"),
        None => std::env::temp_dir().join(format!("spar-{}", rustix::process::getuid().as_raw())),
    };
    Some(parent.join(format!("{:x}-{:x}", file.dev(), file.ino())))
}

/// Makes a folder and the one it lies in. `None` when that cannot be, or it is not ours alone.
pub(super) fn make_folder(folder: &Path) -> Option<PathBuf> {
    let ours = rustix::process::getuid().as_raw();
    for path in [folder.parent()?, folder] {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return None,
            _ => {}
        }
        // Somebody else may have made one by that name in a folder that all can write to.
        let found = fs::symlink_metadata(path).ok()?;
        if !found.is_dir() || found.uid() != ours || found.mode() & 0o077 != 0 {
            return None;
        }
    }
    Some(folder.to_path_buf())
}

/// The doorbells of the others.
#[derive(Debug)]
pub(super) struct Doorbells {
    folder: PathBuf,
    sender: UnixDatagram,
    known: Mutex<Known>,
}

/// The sockets in the folder, as of its last change.
#[derive(Debug, Default)]
struct Known {
    changed: Option<(i64, i64)>,
    sockets: Vec<PathBuf>,
}

impl Doorbells {
    pub(super) fn new(folder: PathBuf) -> Option<Self> {
        let sender = UnixDatagram::unbound().ok()?;
        sender.set_nonblocking(true).ok()?;
        Some(Self { folder, sender, known: Mutex::default() })
    }

    pub(super) fn ring(&self, ring: Ring) {
        let Ok(folder) = fs::metadata(&self.folder) else { return };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = Some((folder.mtime(), folder.mtime_nsec()));
        if known.changed != changed {
            *known = Known { changed, sockets: self.others() };
        }
        let byte = [u8::from(ring.work) | u8::from(ring.finished) << 1];
        known.sockets.retain(|socket| match self.sender.send_to(&byte, socket) {
            // Nobody holds the other end any more.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                let _ = fs::remove_file(socket);
                false
            }
            Err(error) => error.kind() != io::ErrorKind::NotFound,
            // One that is full has rung already.
            Ok(_) => true,
        });
    }

    fn others(&self) -> Vec<PathBuf> {
        let own = format!("{}-", std::process::id());
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        entries
            .flatten()
            .filter(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.ends_with(".bell") && !name.starts_with(&own)
            })
            .map(|entry| entry.path())
            .collect()
    }
}

/// Rings of other processes are heard in this one until it is dropped.
#[derive(Debug)]
pub struct Listening {
    path: PathBuf,
    task: tokio::task::AbortHandle,
}

impl Listening {
    pub(super) fn begin(bell: &Arc<Bell>, folder: &Path) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{}-{count}.bell", std::process::id()));
        if path.as_os_str().len() > LONGEST_PATH {
            return None;
        }
        // What an earlier process of this number left behind.
        let _ = fs::remove_file(&path);
        let socket = tokio::net::UnixDatagram::bind(&path).ok()?;
        // The folder keeps others out already; not every system asks a socket for its mode.
        let _ = fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600));
        let bell = Arc::downgrade(bell);
        let task = tokio::spawn(async move {
            let mut byte = [0; 1];
            while let Ok(1) = socket.recv(&mut byte).await {
                let mut bits = byte[0];
                while let Ok(1) = socket.try_recv(&mut byte) {
                    bits |= byte[0];
                }
                let Some(bell) = bell.upgrade() else { return };
                bell.ring_here(Ring { work: bits & 1 != 0, finished: bits & 2 != 0 });
            }
        });
        Some(Self { path, task: task.abort_handle() })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        super::tidy(&self.path);
    }
}
