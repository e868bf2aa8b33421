package io.paddock.minidirector.api;

import io.paddock.minidirector.blob.Blobs;
import java.nio.file.Path;
import org.springframework.core.io.FileSystemResource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** Archives that a task made: logs, exported releases. */
@RestController
class ResourcesController {

    private final Blobs blobs;

    ResourcesController(Blobs blobs) {
        this.blobs = blobs;
    }

    @GetMapping("/resources/{id}")
    ResponseEntity<?> resource(@PathVariable String id) {
        Path file = blobs.find(id).orElse(null);
        return file == null
                ? Answers.text(404, Answers.HTML, "Resource '" + id + "' not found in the blobstore")
                : ResponseEntity.ok()
                        .contentType(MediaType.APPLICATION_OCTET_STREAM)
                        .body(new FileSystemResource(file));
    }
}
