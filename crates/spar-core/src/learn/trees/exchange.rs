//! XGBoost's JSON, written and read: a forest can be looked at, and used, elsewhere.

use serde_json::{Map, Value, json};

use super::{Forest, Node};
use crate::learn::{Loss, logit, sigmoid};

/// The name under which the base margin is kept as it is; XGBoost keeps it as a probability.
const BASE: &str = "spar_base_margin";

/// Why a model of XGBoost's JSON cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// It is not JSON.
    #[error("the model is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Something that is needed is not there, or is not what it should be.
    #[error("the model has no usable `{0}`; write it with XGBoost's save_model to a .json file")]
    Field(String),
    /// Another kind of model.
    #[error("the model's `{field}` is `{found}`; only {wanted} can be read")]
    Kind {
        /// Which field says so.
        field: &'static str,
        /// What it says.
        found: String,
        /// What it would have to say.
        wanted: &'static str,
    },
    /// A tree that leads nowhere, or in a circle.
    #[error("tree {tree} of the model is broken at node {node}: {what}")]
    Tree {
        /// Which tree, from 0.
        tree: usize,
        /// Which node of it, from 0.
        node: usize,
        /// What is wrong there.
        what: &'static str,
    },
}

impl Forest {
    /// The forest as a model that XGBoost 2 and 3 load, its features named `names` (or by number,
    /// where there are not as many names as features).
    pub fn to_xgboost(&self, names: &[&str]) -> String {
        let (objective, params, base) = match self.loss {
            Loss::Logistic => {
                ("binary:logistic", json!({"scale_pos_weight": "1"}), sigmoid(self.base))
            }
            Loss::Squared => ("reg:squarederror", json!({"scale_pos_weight": "1"}), self.base),
        };
        let count = self.roots.len();
        let trees: Vec<Value> = (0..count).map(|at| self.written_tree(at)).collect();
        let named = names.len() == self.width as usize;
        let feature_names = if named { names } else { &[] };
        let types = vec!["float"; feature_names.len()];
        let model = json!({
            "learner": {
                "attributes": {BASE: self.base.to_string()},
                "feature_names": feature_names,
                "feature_types": types,
                "gradient_booster": {
                    "model": {
                        "cats": {"enc": [], "feature_segments": [], "sorted_idx": []},
                        "gbtree_model_param": {
                            "num_parallel_tree": "1",
                            "num_trees": count.to_string(),
                        },
                        "iteration_indptr": (0..=count).collect::<Vec<_>>(),
                        "tree_info": vec![0; count],
                        "trees": trees,
                    },
                    "name": "gbtree",
                },
                "learner_model_param": {
                    "base_score": format!("{base:E}"),
                    "boost_from_average": "1",
                    "num_class": "0",
                    "num_feature": self.width.to_string(),
                    "num_target": "1",
                },
                "objective": {"name": objective, "reg_loss_param": params},
            },
            "version": [2, 1, 0],
        });
        model.to_string()
    }

    fn written_tree(&self, at: usize) -> Value {
        let nodes = self.tree(at);
        let mut parents = vec![i32::MAX; nodes.len()];
        for (parent, node) in nodes.iter().enumerate().filter(|(_, node)| !node.is_leaf()) {
            let left = node.left as usize;
            parents[left..left + 2].fill(parent as i32);
        }
        let child = |node: &Node, side: u32| {
            if node.is_leaf() { -1 } else { i64::from(node.left + side) }
        };
        let list = |value: &dyn Fn(&Node) -> Value| nodes.iter().map(value).collect::<Vec<_>>();
        json!({
            "base_weights": list(&|node| json!(if node.is_leaf() { node.value } else { 0.0 })),
            "categories": [],
            "categories_nodes": [],
            "categories_segments": [],
            "categories_sizes": [],
            "default_left": list(&|node| json!(u8::from(node.missing_left))),
            "id": at,
            "left_children": list(&|node| json!(child(node, 0))),
            "loss_changes": list(&|node| json!(node.gain)),
            "parents": parents,
            "right_children": list(&|node| json!(child(node, 1))),
            "split_conditions": list(&|node| json!(node.value)),
            "split_indices": list(&|node| json!(node.feature)),
            "split_type": vec![0; nodes.len()],
            "sum_hessian": list(&|node| json!(node.cover)),
            "tree_param": {
                "num_deleted": "0",
                "num_feature": self.width.to_string(),
                "num_nodes": nodes.len().to_string(),
                "size_leaf_vector": "1",
            },
        })
    }

    /// Reads a model of XGBoost: boosted trees for `binary:logistic` or `reg:squarederror`.
    ///
    /// # Errors
    /// When it is not such a model; the error names the field or the node.
    pub fn from_xgboost(text: &str) -> Result<Self, ExchangeError> {
        let model: Value = serde_json::from_str(text)?;
        let booster = text_at(&model, "/learner/gradient_booster/name")?;
        kind("gradient_booster", booster, booster == "gbtree", "gbtree")?;
        let objective = text_at(&model, "/learner/objective/name")?;
        let loss = match objective {
            "binary:logistic" => Loss::Logistic,
            "reg:squarederror" => Loss::Squared,
            _ => {
                kind("objective", objective, false, "binary:logistic or reg:squarederror")?;
                Loss::Squared
            }
        };
        let width = text_at(&model, "/learner/learner_model_param/num_feature")?;
        let width = width.parse().map_err(|_| ExchangeError::Field("num_feature".to_owned()))?;
        let base = base(&model, loss)?;
        let mut forest = Self { loss, width, base, nodes: Vec::new(), roots: Vec::new() };
        let path = "/learner/gradient_booster/model/trees";
        let trees = model.pointer(path).and_then(Value::as_array);
        let trees = trees.ok_or_else(|| ExchangeError::Field(path.to_owned()))?;
        for (at, tree) in trees.iter().enumerate() {
            let tree = tree.as_object().ok_or_else(|| ExchangeError::Field(path.to_owned()))?;
            forest.roots.push(forest.nodes.len() as u32);
            forest.nodes.extend(read_tree(at, tree, width)?);
        }
        Ok(forest)
    }
}

fn kind(
    field: &'static str,
    found: &str,
    fits: bool,
    wanted: &'static str,
) -> Result<(), ExchangeError> {
    if fits {
        return Ok(());
    }
    Err(ExchangeError::Kind { field, found: found.to_owned(), wanted })
}

fn text_at<'a>(model: &'a Value, path: &str) -> Result<&'a str, ExchangeError> {
    let text = model.pointer(path).and_then(Value::as_str);
    text.ok_or_else(|| ExchangeError::Field(path.to_owned()))
}

/// The base margin. XGBoost 3.1 writes the base score as a list of one.
fn base(model: &Value, loss: Loss) -> Result<f32, ExchangeError> {
    let exact = model.pointer("/learner/attributes").and_then(|all| all.get(BASE));
    if let Some(exact) = exact.and_then(Value::as_str).and_then(|text| text.parse().ok()) {
        return Ok(exact);
    }
    let path = "/learner/learner_model_param/base_score";
    let score = text_at(model, path)?.trim_matches(['[', ']']);
    let score: f32 = score.parse().map_err(|_| ExchangeError::Field(path.to_owned()))?;
    Ok(match loss {
        Loss::Logistic => logit(score),
        Loss::Squared => score,
    })
}

fn read_tree(
    tree: usize,
    fields: &Map<String, Value>,
    width: u32,
) -> Result<Vec<Node>, ExchangeError> {
    let numbers = |name: &str| -> Result<Vec<f64>, ExchangeError> {
        let wrong = || ExchangeError::Field(format!("trees[{tree}].{name}"));
        let list = fields.get(name).and_then(Value::as_array).ok_or_else(wrong)?;
        let number = |value: &Value| value.as_f64().or(value.as_bool().map(f64::from));
        list.iter().map(number).collect::<Option<_>>().ok_or_else(wrong)
    };
    let lefts = numbers("left_children")?;
    let rights = numbers("right_children")?;
    let values = numbers("split_conditions")?;
    let features = numbers("split_indices")?;
    let defaults = numbers("default_left")?;
    let gains = numbers("loss_changes")?;
    let covers = numbers("sum_hessian")?;
    let lists = [&rights, &values, &features, &defaults, &gains, &covers];
    if lefts.is_empty() || lists.iter().any(|list| list.len() != lefts.len()) {
        return Err(ExchangeError::Tree { tree, node: 0, what: "its lists differ in length" });
    }
    // Written again breadth first: two children then stand side by side, after their parent.
    let mut order = vec![0_usize];
    let mut nodes = Vec::with_capacity(lefts.len());
    while let Some(&old) = order.get(nodes.len()) {
        let broken = |what| ExchangeError::Tree { tree, node: old, what };
        let leaf = lefts[old] < 0.0;
        let children = [lefts[old] as usize, rights[old] as usize];
        if !leaf && children.iter().any(|&child| child >= lefts.len()) {
            return Err(broken("a child that is not there"));
        }
        if !leaf && features[old] >= f64::from(width) {
            return Err(broken("a feature that is not there"));
        }
        nodes.push(Node {
            feature: features[old] as u32,
            missing_left: defaults[old] != 0.0,
            value: values[old] as f32,
            left: if leaf { 0 } else { order.len() as u32 },
            gain: gains[old] as f32,
            cover: covers[old] as f32,
        });
        if !leaf {
            order.extend(children);
        }
        if order.len() > lefts.len() {
            return Err(broken("a node with two parents"));
        }
    }
    Ok(nodes)
}
