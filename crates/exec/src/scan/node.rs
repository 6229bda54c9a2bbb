//! A filter as one part sees it: what is left to be asked of its rows, and in which blocks.
//!
//! A node is true or not, never unknown. Its blocks are those outside of which no row can pass; a node that
//! is `True` or `False` is so for every row of the part.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::logical_expr::utils::{split_binary, split_conjunction};
use datafusion::logical_expr::{Expr, Operator};
use girok_index::BlockSet;

use super::decider::Deciders;

/// What is asked of a row.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    True,
    False,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// The shape of the message is one of these, by number; or the message has none.
    Shape {
        numbers: Arc<[bool]>,
        shapeless: bool,
    },
    /// The text of a column is one of these, or missing.
    Values {
        column: String,
        values: Arc<BTreeSet<String>>,
        missing: bool,
    },
    /// An expression over the table's columns is true.
    Expr(Expr),
}

/// A node with the blocks in which it may be true.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) node: Node,
    pub(crate) blocks: BlockSet,
    /// What of the index it rests on.
    pub(crate) by: Deciders,
}

impl Condition {
    /// True everywhere, or nowhere.
    pub(crate) fn constant(is_true: bool, blocks: usize) -> Self {
        let by = Deciders::default();
        match is_true {
            true => Condition { node: Node::True, blocks: BlockSet::all(blocks), by },
            false => Condition { node: Node::False, blocks: BlockSet::none(blocks), by },
        }
    }

    /// The same, decided by a piece of the index.
    pub(crate) fn by(self, by: impl Into<Deciders>) -> Self {
        Condition { by: self.by.and(by.into()), ..self }
    }

    /// A node that may be true in any block.
    pub(crate) fn anywhere(node: Node, blocks: usize) -> Self {
        Condition { node, blocks: BlockSet::all(blocks), by: Deciders::default() }.settled()
    }

    /// A node that may be true in these blocks.
    pub(crate) fn within(node: Node, blocks: BlockSet) -> Self {
        Condition { node, blocks, by: Deciders::default() }.settled()
    }

    /// Without a block there is nothing to be true for.
    fn settled(self) -> Self {
        let is_impossible = self.blocks.is_empty() && self.blocks.blocks() > 0;
        if is_impossible { Condition { node: Node::False, ..self } } else { self }
    }

    /// All of `parts` hold.
    pub(crate) fn all(parts: Vec<Condition>, blocks: usize) -> Self {
        if let Some(by) = both(parts.iter().filter(|part| matches!(part.node, Node::False))) {
            return Condition::constant(false, blocks).by(by);
        }
        let by = both(&parts).unwrap_or_default();
        let mut all = BlockSet::all(blocks);
        let mut nodes = Vec::new();
        for Condition { node, blocks, .. } in parts {
            all.intersect(&blocks);
            match node {
                Node::True => {}
                Node::And(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
        }
        let node = match nodes.len() {
            0 => Node::True,
            1 => nodes.swap_remove(0),
            _ => Node::And(nodes),
        };
        Condition { node, blocks: all, by }.settled()
    }

    /// At least one of `parts` holds.
    pub(crate) fn any(parts: Vec<Condition>, blocks: usize) -> Self {
        let by = both(&parts).unwrap_or_default();
        let mut any = BlockSet::none(blocks);
        let mut nodes = Vec::new();
        for Condition { node, blocks, .. } in parts {
            match node {
                Node::False => continue,
                Node::Or(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
            any.unite(&blocks);
        }
        if nodes.iter().any(|node| matches!(node, Node::True)) {
            return Condition::constant(true, blocks).by(by);
        }
        let mut nodes = merge_sets(nodes);
        let node = match nodes.len() {
            0 => Node::False,
            1 => nodes.swap_remove(0),
            _ => Node::Or(nodes),
        };
        Condition { node, blocks: any, by }.settled()
    }

    /// The opposite.
    pub(crate) fn negated(self) -> Self {
        let (blocks, by) = (self.blocks.blocks(), self.by);
        let negated = match self.node {
            Node::True => Condition::constant(false, blocks),
            Node::False => Condition::constant(true, blocks),
            Node::Not(inner) => Condition::anywhere(*inner, blocks),
            node => Condition::anywhere(Node::Not(Box::new(node)), blocks),
        };
        negated.by(by)
    }
}

/// What all of `parts` rest on; nothing if there are none.
fn both<'c>(parts: impl IntoIterator<Item = &'c Condition>) -> Option<Deciders> {
    parts.into_iter().map(|part| part.by).reduce(Deciders::and)
}

/// Sets of shapes that are asked one beside the other are asked as one.
fn merge_sets(nodes: Vec<Node>) -> Vec<Node> {
    let mut merged: Vec<Node> = Vec::with_capacity(nodes.len());
    for node in nodes {
        match (node, merged.iter_mut().find(|node| matches!(node, Node::Shape { .. }))) {
            (Node::Shape { numbers, shapeless }, Some(Node::Shape { numbers: known, shapeless: also })) => {
                *known = known.iter().zip(numbers.iter()).map(|(a, b)| *a || *b).collect();
                *also |= shapeless;
            }
            (node, _) => merged.push(node),
        }
    }
    merged
}

impl Node {
    /// What `filters` ask of rows without an index: that each is true.
    pub(crate) fn unindexed(filters: &[Expr]) -> Node {
        let alternatives = |filter: &Expr| match split_binary(filter, Operator::Or).as_slice() {
            [one] => Node::Expr((*one).clone()),
            // Test by test: of a wide table each then names its own columns only.
            any => Node::Or(any.iter().map(|one| Node::unindexed(&[(*one).clone()])).collect()),
        };
        let mut all: Vec<Node> = filters.iter().flat_map(split_conjunction).map(alternatives).collect();
        if all.len() == 1 { all.swap_remove(0) } else { Node::And(all) }
    }

    /// Whether it is decided by narrow columns: shapes, and texts of which there are few.
    pub(crate) fn is_cheap(&self) -> bool {
        match self {
            Node::True | Node::False | Node::Shape { .. } | Node::Values { .. } => true,
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().all(Node::is_cheap),
            Node::Not(node) => node.is_cheap(),
            Node::Expr(_) => false,
        }
    }

    /// A cheap node that holds wherever this one does; none if that would be any row.
    pub(crate) fn relaxed(&self) -> Option<Node> {
        match self {
            Node::And(nodes) => {
                let mut kept: Vec<Node> = nodes.iter().filter_map(Node::relaxed).collect();
                if kept.len() > 1 { Some(Node::And(kept)) } else { kept.pop() }
            }
            Node::Or(nodes) => {
                let nodes = nodes.iter().map(Node::relaxed).collect::<Option<Vec<_>>>()?;
                let mut nodes = merge_sets(nodes);
                if nodes.len() > 1 { Some(Node::Or(nodes)) } else { nodes.pop() }
            }
            Node::True => None,
            node => node.is_cheap().then(|| node.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::ident;

    fn shape(numbers: &[bool]) -> Node {
        Node::Shape { numbers: numbers.into(), shapeless: false }
    }

    #[test]
    fn constants_disappear_and_blocks_follow() {
        let some = |blocks: &[usize]| {
            let mut set = BlockSet::none(4);
            blocks.iter().for_each(|block| set.insert(*block));
            set
        };
        let expr = || Node::Expr(ident("x"));
        let a = Condition::within(expr(), some(&[0, 1]));
        let b = Condition::within(expr(), some(&[1, 2]));
        let both = Condition::all(vec![a.clone(), Condition::constant(true, 4), b.clone()], 4);
        assert_eq!(both.blocks, some(&[1]));
        let either = Condition::any(vec![a.clone(), Condition::constant(false, 4), b], 4);
        assert_eq!(either.blocks, some(&[0, 1, 2]));
        assert!(either.negated().blocks.is_all());
        let apart = Condition::all(vec![a, Condition::within(expr(), some(&[3]))], 4);
        assert!(matches!(apart.node, Node::False));
    }

    #[test]
    fn a_relaxed_node_is_cheap_and_wider() {
        let costly = Node::And(vec![shape(&[true, false]), Node::Expr(ident("message"))]);
        let node = Node::Or(vec![shape(&[false, true]), costly]);
        assert!(!node.is_cheap());
        let Some(Node::Shape { numbers, .. }) = node.relaxed() else { panic!("one set of shapes") };
        assert_eq!(*numbers, [true, true]);
        assert!(Node::Or(vec![shape(&[true]), Node::Expr(ident("x"))]).relaxed().is_none());
    }
}
