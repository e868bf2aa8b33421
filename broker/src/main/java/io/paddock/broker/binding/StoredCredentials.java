package io.paddock.broker.binding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.paddock.contracts.spi.BindingCredentials;
import org.springframework.stereotype.Component;

/** Credentials as they rest in a binding's row: JSON, encrypted. */
@Component
class StoredCredentials {

    private final CredentialCipher cipher;
    private final ObjectMapper json;

    StoredCredentials(CredentialCipher cipher, ObjectMapper json) {
        this.cipher = cipher;
        this.json = json;
    }

    void write(ServiceBinding binding, BindingCredentials made) {
        try {
            binding.store(cipher.encrypt(binding.id(), json.writeValueAsString(made.credentials())), made.endpoints());
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("credentials that are not JSON");
        }
    }

    BindingCredentials read(ServiceBinding binding) {
        String text = cipher.decrypt(binding.id(), binding.credentials().orElseThrow());
        try {
            return new BindingCredentials(json.readValue(text, new TypeReference<>() {}), binding.endpoints());
        } catch (JsonProcessingException corrupt) {
            // The exception would quote the text.
            throw new IllegalStateException("the credentials of binding " + binding.id() + " are not JSON");
        }
    }
}
