//! The users in their store.
use serde::{Deserialize, Serialize};
use spin_sdk::key_value::Store;
use std::hash::{BuildHasher, RandomState};

/// Numbers that JavaScript can read as well.
const MOST: u64 = 1 << 53;

#[derive(Deserialize)]
pub struct New {
    name: String,
    email: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub struct User {
    pub id: u64,
    pub name: String,
    pub email: Option<String>,
}

pub struct Users(Store);

impl Users {
    pub async fn open() -> anyhow::Result<Self> {
        Ok(Self(Store::open_default().await?))
    }

    pub async fn all(&self) -> anyhow::Result<Vec<User>> {
        let mut users = Vec::new();
        for key in self.0.get_keys().await.collect().await? {
            // Another request may have removed it meanwhile.
            if key.starts_with("user:")
                && let Some(user) = self.0.get_json(&key).await?
            {
                users.push(user);
            }
        }
        users.sort_by_key(|user: &User| user.id);
        Ok(users)
    }

    pub async fn find(&self, id: &str) -> anyhow::Result<Option<User>> {
        match self.0.get(key(id)).await? {
            Some(value) => Ok(Some(serde_json::from_slice(&value)?)),
            None => Ok(None),
        }
    }

    /// A store counts nothing, so the number is drawn: two requests never meet at one.
    pub async fn add(&self, new: New) -> anyhow::Result<User> {
        let id = RandomState::new().hash_one(&new.name) % MOST;
        let user = User { id, name: new.name, email: new.email };
        self.0.set_json(key(&id.to_string()), &user).await?;
        Ok(user)
    }

    pub async fn remove(&self, id: &str) -> anyhow::Result<bool> {
        let existed = self.0.exists(key(id)).await?;
        self.0.delete(key(id)).await?;
        Ok(existed)
    }
}

fn key(id: &str) -> String {
    format!("user:{id}")
}
