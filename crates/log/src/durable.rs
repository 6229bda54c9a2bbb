//! When is an append taken?

use crate::LogError;

/// What was said about an append.
#[cfg(feature = "cluster")]
pub(crate) type Promise = tokio::sync::oneshot::Receiver<Result<(), LogError>>;

/// Resolves when an append is as durable as its topic asks for. Wait for it with [`Durable::wait`] in a
/// thread or [`Durable::done`] in a task.
#[derive(Debug)]
#[must_use = "an append is acknowledged only when this resolves"]
pub struct Durable(Way);

#[derive(Debug)]
enum Way {
    Now,
    Embedded(girok_commitlog::Durable),
    #[cfg(feature = "cluster")]
    Promised(Promise),
}

impl Durable {
    /// Durable already.
    pub fn now() -> Self {
        Durable(Way::Now)
    }

    pub(crate) fn embedded(durable: girok_commitlog::Durable) -> Self {
        Durable(Way::Embedded(durable))
    }

    #[cfg(feature = "cluster")]
    pub(crate) fn promised(promise: Promise) -> Self {
        Durable(Way::Promised(promise))
    }

    /// Blocks the thread.
    ///
    /// # Errors
    /// If it never will be durable, or nobody can say.
    pub fn wait(self) -> Result<(), LogError> {
        match self.0 {
            Way::Now => Ok(()),
            Way::Embedded(durable) => Ok(durable.wait()?),
            #[cfg(feature = "cluster")]
            Way::Promised(promise) => promise.blocking_recv().unwrap_or(Err(LogError::Closed)),
        }
    }

    /// The same for a task.
    ///
    /// # Errors
    /// The same.
    pub async fn done(self) -> Result<(), LogError> {
        match self.0 {
            Way::Now => Ok(()),
            Way::Embedded(durable) => Ok(durable.done().await?),
            #[cfg(feature = "cluster")]
            Way::Promised(promise) => promise.await.unwrap_or(Err(LogError::Closed)),
        }
    }
}
