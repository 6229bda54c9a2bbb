//! How does a task wait until there is something new to read?

use std::sync::Arc;

use crate::partition::Partition;
use crate::progress::Wake;
use crate::{CommitLog, TopicPartition};

/// Watches partitions for new data; see [`CommitLog::watch`].
pub struct Watch {
    wake: Arc<Wake>,
    partitions: Vec<Arc<Partition>>,
}

impl CommitLog {
    /// Watches `partitions` from now on; those that do not exist are left out.
    pub fn watch<'a>(&self, partitions: impl IntoIterator<Item = &'a TopicPartition>) -> Watch {
        let find = |of: &TopicPartition| self.topic(&*of.topic)?.partition(of.partition).ok().cloned();
        let partitions: Vec<_> = partitions.into_iter().filter_map(find).collect();
        let wake = Arc::default();
        partitions.iter().for_each(|partition| partition.add_reader(&wake));
        Watch { wake, partitions }
    }
}

impl Watch {
    /// Waits until there may be something new since it was waited for last, or since the watch began. It
    /// may be so for no reason.
    pub async fn changed(&self) {
        self.wake.changed().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.partitions.iter().for_each(|partition| partition.remove_reader(&self.wake));
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watch({} partitions)", self.partitions.len())
    }
}
