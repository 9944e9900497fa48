//go:build !older

package mesh

import (
	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/operator/pkg/helm"
	"istio.io/istio/operator/pkg/manifest"
	"istio.io/istio/operator/pkg/values"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
)

// What Istio's packages call otherwise in older releases.

func render(release, namespace, chart string, set values.Map) ([]manifest.Manifest, error) {
	rendered, _, err := helm.Render(release, namespace, chart, set, nil)
	return rendered, err
}

func watcher(m *meshconfig.MeshConfig) meshwatcher.TestWatcher { return meshwatcher.NewTestWatcher(m) }

// setNative sets the mode of sidecars, which istiod reads from its environment at its start.
func setNative(native bool) {
	features.EnableNativeSidecars = features.NativeSidecarModeDisabled
	if native {
		features.EnableNativeSidecars = features.NativeSidecarModeEnabled
	}
}
