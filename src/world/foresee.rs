//! What the mesh will say once it is written, so that workloads are planned for the mesh that they will meet.

use crate::istio::{Bare, Make, MeshHook, ProxySettings, Row, Setting, SettingOrigin, WithOrigin};
use crate::kubernetes::Release;
use crate::object::Identity;
use crate::policy::PolicySet;
use crate::shutdown::{Change, MeshHookPlan, Policy, Refused, plan_mesh, plan_mesh_hook};

use super::{DEFAULT_REVISION, World};

/// Settings without who made them.
struct WithoutOrigin<'s>(&'s ProxySettings<WithOrigin>);

impl Make<Bare> for WithoutOrigin<'_> {
    fn make<R: Row>(&mut self) -> Option<R::Value> {
        R::of(self.0).as_ref().map(|setting| setting.value.clone())
    }
}

impl World {
    /// Takes what the policy writes into the objects of a mesh for what they say. An object that can't be edited stays
    /// as it is where that is no error, so nothing is foreseen then.
    pub(crate) fn foresee(&mut self, set: &PolicySet) {
        let policy = &set.policy;
        if policy.refused == Refused::Warn || policy.remove {
            return;
        }
        let origin = || SettingOrigin::Mesh("mesh as it is written".to_owned());
        for mesh in self.meshes.values_mut().filter(|mesh| mesh.is_hook_written && (mesh.is_named || set.write_mesh)) {
            let present = mesh.settings.pre_stop.as_ref().map(|hook| &hook.value);
            if let MeshHookPlan::Changed(Change::Hook(command)) = plan_mesh_hook(present, policy, set.states_hook) {
                mesh.settings.pre_stop = Some(Setting::new(MeshHook::Exec(command), origin()));
            }
        }
        let stated = policy.mesh.reads_pre_stop_command.as_ref().map(|reads| reads.value);
        for mesh in self.meshes.values_mut().filter(|mesh| mesh.takes_branch && set.write_mesh && stated != Some(false))
        {
            mesh.settings.reads_pre_stop_command = Some(Setting::new(true, origin()));
            mesh.settings.command_yields = Some(Setting::new(true, origin()));
        }
        let releases: Vec<_> = self.meshes.keys().map(|revision| self.release_of(revision, set)).collect();
        let written = self
            .meshes
            .values_mut()
            .zip(releases)
            .filter(|(mesh, _)| mesh.is_written && (mesh.is_named || set.write_mesh));
        for (mesh, istio) in written {
            let proxy = &mut mesh.settings.proxy;
            let changes =
                plan_mesh(&ProxySettings::each(&mut WithoutOrigin(proxy)), &Policy { istio, ..policy.clone() });
            for change in changes {
                match change {
                    Change::Drain(drain) => proxy.drain = Some(Setting::new(drain, origin())),
                    Change::DrainDuration(duration) => proxy.drain_duration = Some(Setting::new(duration, origin())),
                    Change::ParentShutdown(parent) => proxy.parent_shutdown = Some(Setting::new(parent, origin())),
                    Change::ExitOnIdle { turn_on, minimum } => {
                        let on = turn_on.then(|| Setting::new(true, origin()));
                        proxy.exit_on_idle = on.or(proxy.exit_on_idle.take());
                        proxy.minimum = minimum.map(|minimum| Setting::new(minimum, origin())).or(proxy.minimum.take());
                    }
                    _ => {}
                }
            }
        }
    }

    /// The release of the istiod that an object is for, where it is stated or seen.
    pub(crate) fn release(&self, object: &Identity, set: &PolicySet) -> Option<Release> {
        let revision = self.objects.get(&object.key(None)).map_or(DEFAULT_REVISION, String::as_str);
        self.release_of(revision, set)
    }

    fn release_of(&self, revision: &str, set: &PolicySet) -> Option<Release> {
        let declared = set.revisions.get(revision).and_then(|revision| revision.istio);
        let seen = || self.meshes.get(revision)?.release.as_ref().map(|release| release.value);
        set.policy.istio.or(declared).or_else(seen)
    }
}
