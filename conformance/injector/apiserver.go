package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"

	v1 "k8s.io/api/core/v1"
)

// An apiServer is a running apiserver command, of one release.
type apiServer struct {
	release  string
	in       *json.Encoder
	out      *bufio.Reader
	accepted int // pods that were accepted before and after
	rejected int // before already, so they prove nothing
	unknown  int // with a sleep action that the release is too old for, while the tool was told of no release
}

// startServers starts them: RELEASE=PATH, separated by commas.
func startServers(list string) (all []*apiServer, err error) {
	for _, one := range strings.Split(list, ",") {
		release, path, _ := strings.Cut(one, "=")
		cmd := exec.Command(path)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		all = append(all, &apiServer{release: release, in: json.NewEncoder(in), out: bufio.NewReaderSize(out, 1<<20)})
	}
	return all, nil
}

// admit is what becomes of a pod: as it would be stored, or why it would not be.
func (a *apiServer) admit(pod *v1.Pod) (*v1.Pod, []string, error) {
	if err := a.in.Encode(pod); err != nil {
		return nil, nil, err
	}
	line, err := a.out.ReadBytes('\n')
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	var answer struct {
		Pod    *v1.Pod
		Errors []string
	}
	err = json.Unmarshal(line, &answer)
	return answer.Pod, answer.Errors, err
}
