package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.DeleteStemcellTask;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.release.Stemcells;
import io.paddock.minidirector.release.UpdateStemcellTask;
import io.paddock.minidirector.release.Upload;
import io.paddock.minidirector.release.Uploads;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.task.TaskQueue;
import java.io.InputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Stemcells: what there is, uploads, deletions. */
@RestController
class StemcellsController {

    private final Stemcells stemcells;
    private final Deployments deployments;
    private final Uploads uploads;
    private final TaskQueue queue;

    StemcellsController(Stemcells stemcells, Deployments deployments, Uploads uploads, TaskQueue queue) {
        this.stemcells = stemcells;
        this.deployments = deployments;
        this.uploads = uploads;
        this.queue = queue;
    }

    @GetMapping("/stemcells")
    ResponseEntity<String> stemcells() {
        return Answers.html(stemcells.all().stream().map(this::shown).toList());
    }

    private Map<String, Object> shown(Stemcells.Stemcell stemcell) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", stemcell.name());
        shown.put("operating_system", stemcell.os());
        shown.put("version", stemcell.version());
        shown.put("cid", stemcell.cid());
        shown.put("cpi", "");
        shown.put(
                "deployments",
                deployments.using(stemcell).stream()
                        .map(deployment -> Map.of("name", deployment.name()))
                        .toList());
        shown.put("api_version", stemcell.apiVersion());
        shown.put("id", stemcell.id());
        return shown;
    }

    @PostMapping(path = "/stemcells", consumes = "application/x-compressed")
    ResponseEntity<String> upload(
            InputStream tarball,
            @RequestParam(defaultValue = "") String sha1,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        return create(user, Map.of(Upload.FILE, uploads.receive(tarball), Upload.SHA1, sha1));
    }

    @PostMapping(path = "/stemcells", consumes = "application/json")
    ResponseEntity<String> uploadFrom(
            @RequestBody Map<String, Object> body, @RequestAttribute(AuthenticationFilter.USER) String user) {
        Map<String, String> input = new HashMap<>();
        input.put(Upload.LOCATION, Answers.required(body, "location"));
        if (body.get("sha1") != null) {
            input.put(Upload.SHA1, body.get("sha1").toString());
        }
        return create(user, input);
    }

    private ResponseEntity<String> create(String user, Map<String, String> input) {
        return Answers.started(queue.submit(UpdateStemcellTask.TYPE, "create stemcell", user, null, "", input)
                .id());
    }

    /** Whether an upload is needed: a client asks before it sends a gigabyte. */
    @PostMapping(path = "/stemcell_uploads", consumes = "application/json")
    ResponseEntity<String> isNeeded(@RequestBody Map<String, Object> body) {
        Map<String, Object> stemcell = Yaml.map(body.get("stemcell"));
        String name = Answers.required(stemcell, "name");
        String version = Answers.required(stemcell, "version");
        return Answers.json(Map.of("needed", stemcells.byName(name, version).isEmpty()));
    }

    @DeleteMapping("/stemcells/{name}/{version}")
    ResponseEntity<String> delete(
            @PathVariable String name,
            @PathVariable String version,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        String label = name + "/" + version;
        stemcells
                .byName(name, version)
                .orElseThrow(() -> new DirectorException(50003, 404, "Stemcell '" + label + "' doesn't exist"));
        return Answers.started(queue.submit(
                        DeleteStemcellTask.TYPE,
                        "delete stemcell: " + label,
                        user,
                        null,
                        "",
                        Map.of(DeleteStemcellTask.NAME, name, DeleteStemcellTask.VERSION, version))
                .id());
    }
}
