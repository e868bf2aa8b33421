package io.paddock.minidirector.api;

import io.paddock.minidirector.system.DirectorException;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Networks that the director makes for deployments: none, as with a director for which managed networks are not switched on. */
@RestController
class NetworksController {

    @GetMapping("/networks")
    ResponseEntity<String> orphaned(@RequestParam(defaultValue = "false") String orphaned) {
        return orphaned.equals("false")
                ? Answers.text(500, MediaType.APPLICATION_JSON, "listing active networks is not implemented")
                : Answers.json(List.of());
    }

    @DeleteMapping("/networks/{name}")
    ResponseEntity<String> delete(@PathVariable String name) {
        // The director's number has a digit less than its neighbours.
        throw new DirectorException(16012, "Deleting non-existing network " + name);
    }
}
