package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	podAddress    = "10.77.0.2" // in the namespaces that a run makes for itself
	clientAddress = "10.77.0.1"

	podInbound = podAddress + ":15006"
	outbound   = "127.0.0.1:15001"
	backend    = clientAddress + ":9000"
	healthyPod = clientAddress + ":15106"
	meshClient = "127.0.0.1:16001"

	// Of pilot/pkg/features and pilot/pkg/networking/core/route/retry: Istio's default for calls to other services.
	retryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
)

type object = map[string]any
type list = []any

func message(name string, fields object) object {
	fields["@type"] = "type.googleapis.com/envoy." + name
	return fields
}

func socket(address string) object {
	host, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	return object{"socket_address": object{"address": host, "port_value": number}}
}

// listener sends all that comes in on address to one cluster.
func listener(name, direction, address, cluster string, retries object) object {
	manager := message("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", object{
		"stat_prefix":         name,
		"stream_idle_timeout": "0s",
		"upgrade_configs":     list{object{"upgrade_type": "websocket"}},
		"http_filters": list{object{
			"name": "router", "typed_config": message("extensions.filters.http.router.v3.Router", object{}),
		}},
		"route_config": object{"virtual_hosts": list{object{
			"name": name, "domains": list{"*"}, "routes": list{object{
				"match": object{"prefix": "/"},
				"route": object{"cluster": cluster, "timeout": "0s", "retry_policy": retries},
			}},
		}}},
	})
	return object{
		"name": name, "traffic_direction": direction, "address": socket(address),
		"filter_chains": list{object{"filters": list{object{"name": "http", "typed_config": manager}}}},
	}
}

func cluster(name, kind string, more object) object {
	c := object{"name": name, "type": kind, "connect_timeout": "10s"}
	for key, value := range more {
		c[key] = value
	}
	return c
}

func endpoints(cluster string, addresses ...string) object {
	var all list
	for _, address := range addresses {
		all = append(all, object{"endpoint": object{"address": socket(address)}})
	}
	return object{"cluster_name": cluster, "endpoints": list{object{"lb_endpoints": all}}}
}

func bootstrap(id string, admin int, listeners, clusters list) object {
	return object{
		"node":             object{"id": id, "cluster": "web"},
		"admin":            object{"address": socket(fmt.Sprint("127.0.0.1:", admin))},
		"static_resources": object{"listeners": listeners, "clusters": clusters},
	}
}

func retries(on string) object { return object{"retry_on": on, "num_retries": 2} }

// podEnvoy is what matters of a sidecar's listeners here: inbound with retries before anything reached the app,
// and outbound.
func podEnvoy() object {
	const inCluster, outCluster = "inbound|8080||", "outbound|9000||backend"
	const upstream = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
	protocols := message(strings.TrimPrefix(upstream, "envoy."), object{
		"use_downstream_protocol_config": object{"http_protocol_options": object{}, "http2_protocol_options": object{}},
	})
	return bootstrap("sidecar~"+podAddress+"~web.default~default.svc.cluster.local", 15000,
		list{
			listener("virtualInbound", "INBOUND", "0.0.0.0:15006", inCluster, retries("reset-before-request")),
			listener("virtualOutbound", "OUTBOUND", outbound, outCluster, retries(retryOn)),
		},
		list{
			cluster(inCluster, "STATIC", object{
				"load_assignment":                  endpoints(inCluster, podAddress+":8080"),
				"typed_extension_protocol_options": object{upstream: protocols},
			}),
			cluster(outCluster, "STATIC", object{"load_assignment": endpoints(outCluster, backend)}),
		})
}

// clientEnvoy is the sidecar of a client: Istio's default retries, which go to another pod than the one that failed.
func clientEnvoy(dir string) object {
	elsewhere := retries(retryOn)
	elsewhere["host_selection_retry_max_attempts"] = "5"
	elsewhere["retry_host_predicate"] = list{object{
		"name":         "previous",
		"typed_config": message("extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", object{}),
	}}
	eds := object{"path_config_source": object{"path": endpointsFile(dir), "watched_directory": object{"path": dir}}}
	return bootstrap("client", 15900,
		list{listener("outbound", "OUTBOUND", meshClient, "web", elsewhere)},
		list{cluster("web", "EDS", object{
			"lb_policy": "LEAST_REQUEST", "eds_cluster_config": object{"eds_config": eds},
		})})
}

func endpointsFile(dir string) string { return filepath.Join(dir, "endpoints.json") }

// announce tells the client's Envoy which endpoints there are.
func announce(dir string, version int, addresses ...string) error {
	resource := message("config.endpoint.v3.ClusterLoadAssignment", endpoints("web", addresses...))
	next := endpointsFile(dir) + ".next"
	response := object{"version_info": strconv.Itoa(version), "resources": list{resource}}
	if err := writeJSON(next, response); err != nil {
		return err
	}
	return os.Rename(next, endpointsFile(dir))
}

func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
