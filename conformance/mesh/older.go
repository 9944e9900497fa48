//go:build older

package mesh

import (
	"os"
	"strconv"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/operator/pkg/helm"
	"istio.io/istio/operator/pkg/manifest"
	"istio.io/istio/operator/pkg/values"
	"istio.io/istio/pkg/config/mesh"
)

// The older release calls these otherwise, or does without them.

func render(_, namespace, chart string, set values.Map) ([]manifest.Manifest, error) {
	rendered, _, err := helm.Render(namespace, chart, set, nil)
	return rendered, err
}

func watcher(m *meshconfig.MeshConfig) mesh.Watcher { return mesh.NewTestWatcher(m) }

func setNative(native bool) { os.Setenv("ENABLE_NATIVE_SIDECARS", strconv.FormatBool(native)) }
