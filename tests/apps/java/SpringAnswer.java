package apps;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A Spring Boot program that answers every request with its second argument, or with what it sees. Arguments: port, word, file
 * for what was seen, [those of `Visit`].
 */
@SpringBootApplication(proxyBeanMethods = false)
@RestController
public class SpringAnswer {
    static String[] arguments;

    public static void main(String[] args) {
        arguments = args;
        var application = new SpringApplication(SpringAnswer.class);
        application.setDefaultProperties(Map.of("server.port", args[0]));
        application.run();
    }

    @RequestMapping("/**")
    String answer() throws IOException {
        Files.writeString(Path.of(arguments[2]), "a request\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return arguments.length == 3 ? arguments[1] : Visit.visit(Arrays.copyOfRange(arguments, 3, arguments.length));
    }
}
