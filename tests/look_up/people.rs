use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex},
};

use tokio::sync::watch;
use tower_b2c_auth::{LookUp, VerifiedUser};

/// A user of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account(pub(super) u32);

/// Who has which account, by user id, and how the look-up fares.
#[derive(Clone)]
pub(super) struct People {
    accounts: Arc<Mutex<HashMap<String, Account>>>,
    asked: Arc<Mutex<Vec<String>>>,
    trouble: Arc<Mutex<Option<Trouble>>>,
    is_open: Arc<watch::Sender<bool>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Trouble {
    Error,
    Panic,
}

impl Default for People {
    fn default() -> Self {
        Self {
            accounts: Arc::default(),
            asked: Arc::default(),
            trouble: Arc::default(),
            is_open: Arc::new(watch::Sender::new(true)),
        }
    }
}

impl People {
    pub(super) fn give(&self, user: &str, account: u32) {
        let mut accounts = self.accounts.lock().unwrap();
        accounts.insert(user.into(), Account(account));
    }

    pub(super) fn take(&self, user: &str) {
        self.accounts.lock().unwrap().remove(user);
    }

    pub(super) fn be_in(&self, trouble: impl Into<Option<Trouble>>) {
        *self.trouble.lock().unwrap() = trouble.into();
    }

    /// Answers wait until [`open`](Self::open). What they say is decided when the look-up begins.
    pub(super) fn close(&self) {
        self.is_open.send_replace(false);
    }

    pub(super) fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// The users that were looked up, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl LookUp for People {
    type Found = Account;

    async fn look_up(
        &self,
        user: VerifiedUser,
    ) -> Result<Option<Account>, Box<dyn Error + Send + Sync>> {
        self.asked.lock().unwrap().push(user.id().into());
        let trouble = *self.trouble.lock().unwrap();
        let account = self.accounts.lock().unwrap().get(user.id()).copied();
        let mut is_open = self.is_open.subscribe();
        is_open.wait_for(|open| *open).await?;
        match trouble {
            Some(Trouble::Error) => Err("the database is down".into()),
            Some(Trouble::Panic) => panic!("a mistake in the look-up"),
            None => Ok(account),
        }
    }
}
