//! Real meshes: what rendered charts of Istio and of those who build on it say is read, and none of it is taken for
//! unreadable. `ISTIO_DRAIN_CORPUS` names the folder with them.

use istio_drain::inside::istio::{MeshSettings, Surroundings};
use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::world::{Survey, World, may_matter};
use istio_drain::inside::yaml::{Keep, Source, parse, units};

use super::files;

#[test]
fn the_meshes_of_the_corpus_are_read() {
    let files = files("ISTIO_DRAIN_CORPUS");
    let mut meshes = 0;
    for path in files {
        let bytes = std::fs::read(&path).expect("a file");
        let source = Source::new(&bytes).expect("text");
        let units = units(source, "kind");
        let parts = units.iter().filter(|unit| may_matter(source, unit));
        let trees = parts.filter_map(|unit| parse(source, unit.span, Keep::ALL).ok());
        let world = World::of([Survey::of_parts(trees.map(|tree| Survey::of_tree(&tree)))]);
        assert_eq!(world.troubles(0).next(), None, "{}", path.display());
        let policy = PolicyFields::default().resolve();
        let around = world.around(None, &std::collections::BTreeMap::new(), &policy, &policy.policy);
        if around != Surroundings::default() {
            // Every chart of istiod brings the injector along, and its values say so; that of a remote cluster has
            // webhooks only.
            let seen = &around.mesh;
            if *seen == MeshSettings::default() {
                continue;
            }
            meshes += 1;
            let is_whole =
                seen.auto_inject.is_some() && seen.rewrite_app_http.is_some() && seen.default_templates.is_some();
            assert!(is_whole, "{}: {seen:?}", path.display());
        }
    }
    assert!(meshes >= 3, "only {meshes} meshes were seen");
}
