//! The names in a container, as many at a time as the guest asks for.

use crate::answer::{Failure, Pages};
use futures::StreamExt;
use std::collections::VecDeque;

/// So many bytes of names are given at once, and one name more.
const MOST: usize = 1 << 20;

pub(super) struct Names {
    pages: Pages<String>,
    page: VecDeque<String>,
    is_over: bool,
}

impl Names {
    pub(super) fn new(pages: Pages<String>) -> Self {
        Self { pages, page: VecDeque::new(), is_over: false }
    }

    /// The next names, fewer where they are many bytes; whether that was all.
    pub(super) async fn read(&mut self, count: u64) -> Result<(Vec<String>, bool), Failure> {
        let (mut read, mut bytes) = (Vec::new(), 0);
        while (read.len() as u64) < count && bytes < MOST {
            let Some(name) = self.next().await? else { break };
            bytes += name.len();
            read.push(name);
        }
        Ok((read, self.peek().await?))
    }

    /// Leave out the next names; how many there were, and whether that was all.
    pub(super) async fn skip(&mut self, count: u64) -> Result<(u64, bool), Failure> {
        let mut skipped = 0;
        while skipped < count && self.next().await?.is_some() {
            skipped += 1;
        }
        Ok((skipped, self.peek().await?))
    }

    async fn next(&mut self) -> Result<Option<String>, Failure> {
        self.peek().await?;
        Ok(self.page.pop_front())
    }

    /// Whether there are no more.
    async fn peek(&mut self) -> Result<bool, Failure> {
        while self.page.is_empty() && !self.is_over {
            match self.pages.next().await {
                Some(page) => self.page = page?.into(),
                None => self.is_over = true,
            }
        }
        Ok(self.page.is_empty())
    }
}
